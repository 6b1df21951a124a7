"""The public names and where they live: read by type checkers, and by `lazy_loader` at run time."""

from .apispec.load import (
    load_spec as load_spec,
)
from .apispec.model import (
    Spec as Spec,
)
from .apispec.operations import (
    Operation as Operation,
)
from .auth import (
    BearerAuthenticator as BearerAuthenticator,
)
from .auth import (
    KeycloakAuthenticator as KeycloakAuthenticator,
)
from .client.client import (
    NomadClient as NomadClient,
)
from .client.connect import (
    connect as connect,
)
from .errors import (
    ApiError as ApiError,
)
from .errors import (
    AuthError as AuthError,
)
from .errors import (
    ChecksumMismatch as ChecksumMismatch,
)
from .errors import (
    Conflict as Conflict,
)
from .errors import (
    ConnectionLost as ConnectionLost,
)
from .errors import (
    Forbidden as Forbidden,
)
from .errors import (
    IncompleteTransfer as IncompleteTransfer,
)
from .errors import (
    InvalidRequest as InvalidRequest,
)
from .errors import (
    LoginRefused as LoginRefused,
)
from .errors import (
    NoCredentials as NoCredentials,
)
from .errors import (
    NomadError as NomadError,
)
from .errors import (
    NomadWarning as NomadWarning,
)
from .errors import (
    NotAsAsked as NotAsAsked,
)
from .errors import (
    NotFound as NotFound,
)
from .errors import (
    ProcessingError as ProcessingError,
)
from .errors import (
    ProcessingFailed as ProcessingFailed,
)
from .errors import (
    RateLimited as RateLimited,
)
from .errors import (
    RequestTimeout as RequestTimeout,
)
from .errors import (
    ServerError as ServerError,
)
from .errors import (
    SourceChanged as SourceChanged,
)
from .errors import (
    SpecError as SpecError,
)
from .errors import (
    SpecNotConvertible as SpecNotConvertible,
)
from .errors import (
    SpecNotFound as SpecNotFound,
)
from .errors import (
    SpecTampered as SpecTampered,
)
from .errors import (
    TransferError as TransferError,
)
from .errors import (
    TransportError as TransportError,
)
from .errors import (
    Unauthorized as Unauthorized,
)
from .errors import (
    UnknownArgument as UnknownArgument,
)
from .errors import (
    UnknownOperation as UnknownOperation,
)
from .errors import (
    UsageError as UsageError,
)
from .errors import (
    WaitTimeout as WaitTimeout,
)
from .explore.description import (
    Description as Description,
)
from .explore.operations import (
    describe as describe,
)
from .explore.operations import (
    operations as operations,
)
from .explore.recipes import (
    recipe as recipe,
)
from .flows.archives.one import (
    archive as archive,
)
from .flows.archives.one import (
    archive_value as archive_value,
)
from .flows.archives.query import (
    archives as archives,
)
from .flows.archives.sequence import (
    Archives as Archives,
)
from .flows.deleting import (
    delete as delete,
)
from .flows.download import (
    download as download,
)
from .flows.file_list import (
    Files as Files,
)
from .flows.file_records import (
    File as File,
)
from .flows.listing import (
    files as files,
)
from .flows.metadata.datasets import (
    add_to_dataset as add_to_dataset,
)
from .flows.metadata.datasets import (
    create_dataset as create_dataset,
)
from .flows.metadata.datasets import (
    delete_dataset as delete_dataset,
)
from .flows.metadata.datasets import (
    remove_from_dataset as remove_from_dataset,
)
from .flows.metadata.doi import (
    assign_doi as assign_doi,
)
from .flows.metadata.editing import (
    Change as Change,
)
from .flows.metadata.editing import (
    Edited as Edited,
)
from .flows.metadata.editing import (
    edit as edit,
)
from .flows.metadata.finding import (
    get_dataset as get_dataset,
)
from .flows.metadata.finding import (
    list_datasets as list_datasets,
)
from .flows.polling import (
    Patience as Patience,
)
from .flows.publishing import (
    publish as publish,
)
from .flows.putting import (
    Put as Put,
)
from .flows.putting import (
    put as put,
)
from .flows.records import (
    Dataset as Dataset,
)
from .flows.records import (
    Entry as Entry,
)
from .flows.records import (
    Upload as Upload,
)
from .flows.search import (
    Results as Results,
)
from .flows.search import (
    search as search,
)
from .flows.sending import (
    upload as upload,
)
from .flows.statistics import (
    Statistics as Statistics,
)
from .flows.statistics import (
    statistics as statistics,
)
from .flows.upload_files import (
    process as process,
)
from .flows.upload_files import (
    remove as remove,
)
from .flows.uploads import (
    get_upload as get_upload,
)
from .flows.uploads import (
    list_uploads as list_uploads,
)
from .flows.waiting import (
    wait as wait,
)
from .mirrors.run import (
    mirror as mirror,
)
from .science.atoms import (
    to_ase as to_ase,
)
from .science.values import (
    Archive as Archive,
)
from .transfers.manifest import (
    Manifest as Manifest,
)
from .transfers.survey import (
    manifest as manifest,
)
from .transport.bodies import (
    Progress as Progress,
)

__all__: list[str]
__version__: str
from .flows.citing import (
    cite as cite,
)
