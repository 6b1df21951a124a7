-- What the sandbox remembers. Lists and small dicts are JSON text; times are ISO 8601, UTC.
CREATE TABLE IF NOT EXISTS users (
    user_id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    affiliation TEXT,
    affiliation_address TEXT,
    created TEXT NOT NULL,
    is_admin INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    expires_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS uploads (
    upload_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    name TEXT,
    upload_path TEXT,
    upload_time TEXT NOT NULL,
    published INTEGER NOT NULL DEFAULT 0,
    current_task TEXT,
    tasks_status TEXT NOT NULL,
    current_process TEXT NOT NULL,
    process_running INTEGER NOT NULL,
    errors TEXT NOT NULL DEFAULT '[]',
    warnings TEXT NOT NULL DEFAULT '[]',
    create_time TEXT NOT NULL,
    complete_time TEXT,
    metadata TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS uploads_by_user ON uploads (user_id, published, upload_time);
CREATE TABLE IF NOT EXISTS calcs (
    calc_id TEXT PRIMARY KEY,
    upload_id TEXT NOT NULL REFERENCES uploads ON DELETE CASCADE,
    mainfile TEXT NOT NULL,
    parser TEXT NOT NULL,
    current_task TEXT,
    tasks_status TEXT NOT NULL,
    current_process TEXT NOT NULL,
    process_running INTEGER NOT NULL,
    errors TEXT NOT NULL DEFAULT '[]',
    warnings TEXT NOT NULL DEFAULT '[]',
    create_time TEXT NOT NULL,
    complete_time TEXT,
    found TEXT NOT NULL DEFAULT '{}',     -- what reading the mainfile told
    metadata TEXT NOT NULL DEFAULT '{}'   -- what users told: comment, coauthors, embargo ...
);
CREATE INDEX IF NOT EXISTS calcs_by_upload ON calcs (upload_id, mainfile);
CREATE TABLE IF NOT EXISTS datasets (
    dataset_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    doi TEXT UNIQUE,
    created TEXT,
    UNIQUE (user_id, name)
);
CREATE TABLE IF NOT EXISTS dataset_calcs (
    dataset_id TEXT NOT NULL REFERENCES datasets ON DELETE CASCADE,
    calc_id TEXT NOT NULL REFERENCES calcs ON DELETE CASCADE,
    PRIMARY KEY (calc_id, dataset_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dataset_calcs_by_dataset ON dataset_calcs (dataset_id);
-- The search index: one row per searchable calculation, and one term per value of each of its quantities.
CREATE TABLE IF NOT EXISTS entries (
    entry INTEGER PRIMARY KEY,
    calc_id TEXT NOT NULL UNIQUE,
    upload_id TEXT NOT NULL,
    published INTEGER NOT NULL,
    with_embargo INTEGER NOT NULL,
    upload_time TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_upload ON entries (upload_id);
CREATE INDEX IF NOT EXISTS entries_by_time ON entries (upload_time);
CREATE TABLE IF NOT EXISTS terms (
    quantity TEXT NOT NULL,
    value NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (quantity, value, entry)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS terms_by_entry ON terms (entry, quantity, value);
CREATE TABLE IF NOT EXISTS archive_uploads (  -- whose archive files are entries: uploads by v1
    upload_id TEXT PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS groups (           -- of users; v1 alone has them
    group_id TEXT PRIMARY KEY,
    group_name TEXT NOT NULL,
    owner TEXT NOT NULL,
    members TEXT NOT NULL DEFAULT '[]'        -- rows of user_id and role
);
CREATE TABLE IF NOT EXISTS foreign_datasets ( -- of others' entries; v1 alone has them
    dataset_id TEXT PRIMARY KEY REFERENCES datasets ON DELETE CASCADE
);
