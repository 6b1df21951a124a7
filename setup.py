import warnings

from setuptools import setup

# "Please be careful with folders in your working directory…": no news to who asks for an editable install
warnings.filterwarnings("ignore", "Editable installation")
setup()
