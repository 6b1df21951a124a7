"""Do the operations that our scripts use still exist? Copy this file beside your tests and put your own names in."""

from nomad_swagger.testing import assert_operations


def test_our_scripts_find_their_operations(nomad_spec):
    assert_operations(
        nomad_spec("nomad-0.8.6"),
        ["uploads.upload", "uploads.exec_upload_operation", "repo.search:atoms", "repo.search:dft.system", "raw.get"],
    )
