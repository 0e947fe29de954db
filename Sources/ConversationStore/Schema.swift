import GRDB

/// How the database is laid out, and how to tell it from those of other programs.
enum Schema {
    /// SQLite's `application_id` by which a database is known as this store's: "fthm".
    static let applicationID = 0x6674_686D

    /// Every schema the store has had, in order. A migration that was released is never changed again.
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: conversations and messages") { db in
            try db.execute(
                sql: """
                    CREATE TABLE conversation (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        title TEXT NOT NULL,
                        modelName TEXT NOT NULL,
                        systemPrompt TEXT,
                        createdAt TEXT NOT NULL,
                        updatedAt TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE message (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        conversationId INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
                        content TEXT NOT NULL,
                        trace BLOB,
                        capacity REAL CHECK (capacity BETWEEN 0 AND 1),
                        interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),
                        createdAt TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX messageOfConversation ON message (conversationId);
                    """)
        }
        migrator.registerMigration("2: a tree of messages") { db in
            try db.execute(
                sql: """
                    CREATE TABLE newMessage (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        conversationId INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
                        number INTEGER NOT NULL,
                        parent INTEGER CHECK (parent < number),
                        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
                        content TEXT NOT NULL,
                        trace BLOB,
                        capacity REAL CHECK (capacity BETWEEN 0 AND 1),
                        sampling TEXT,
                        interrupted INTEGER NOT NULL CHECK (interrupted IN (0, 1)),
                        createdAt TEXT NOT NULL,
                        UNIQUE (conversationId, number)
                    ) STRICT;
                    INSERT INTO newMessage
                    SELECT id, conversationId, row_number() OVER one, lag(rank) OVER one, role, content, trace,
                        capacity, NULL, interrupted, createdAt
                    FROM (SELECT *, row_number() OVER (PARTITION BY conversationId ORDER BY id) AS rank FROM message)
                    WINDOW one AS (PARTITION BY conversationId ORDER BY id);
                    DROP TABLE message;
                    ALTER TABLE newMessage RENAME TO message;
                    ALTER TABLE conversation ADD COLUMN head INTEGER;
                    UPDATE conversation SET head =
                        (SELECT max(number) FROM message WHERE conversationId = conversation.id);
                    """)
        }
        migrator.registerMigration("3: search, pins, deletion that can be undone") { db in
            // Three letters are one entry of the index, so that any part of a word is found, in any script.
            try db.execute(
                sql: """
                    ALTER TABLE conversation ADD COLUMN isPinned INTEGER NOT NULL DEFAULT 0 CHECK (isPinned IN (0, 1));
                    ALTER TABLE conversation ADD COLUMN deletedAt TEXT;
                    CREATE VIRTUAL TABLE messageText USING fts5
                        (content, content='message', content_rowid='id', tokenize='trigram');
                    INSERT INTO messageText (messageText) VALUES ('rebuild');
                    CREATE TRIGGER messageInserted AFTER INSERT ON message BEGIN
                        INSERT INTO messageText (rowid, content) VALUES (new.id, new.content);
                    END;
                    CREATE TRIGGER messageDeleted AFTER DELETE ON message BEGIN
                        INSERT INTO messageText (messageText, rowid, content) VALUES ('delete', old.id, old.content);
                    END;
                    CREATE TRIGGER messageUpdated AFTER UPDATE OF content ON message BEGIN
                        INSERT INTO messageText (messageText, rowid, content) VALUES ('delete', old.id, old.content);
                        INSERT INTO messageText (rowid, content) VALUES (new.id, new.content);
                    END;
                    """)
        }
        return migrator
    }()

    /// How long a deleted conversation can be brought back, as a modifier of SQLite's times.
    static let graceTime = "-7 days"

    /// Lets go for good of conversations that were deleted long ago.
    static func purge(_ db: Database) throws {
        try db.execute(
            sql:
                "DELETE FROM conversation WHERE deletedAt < strftime('%Y-%m-%d %H:%M:%f', 'now', '\(graceTime)')"
        )
    }

    /// Makes sure, without changing anything, that a database is this store's or still empty.
    ///
    /// - Throws: `StoreError.foreign` for another program's, `.newer` for one of a schema this version does not know.
    static func checkOwner(of db: Database, path: String) throws {
        switch try Int.fetchOne(db, sql: "PRAGMA application_id") {
        case applicationID:
            guard try !migrator.hasBeenSuperseded(db) else { throw StoreError.newer(path: path) }
        case 0:
            let objects = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master")
            guard objects == 0 else { throw StoreError.foreign(path: path) }
        default:
            throw StoreError.foreign(path: path)
        }
    }

    /// Marks a database as this store's. It must be this store's or empty.
    static func claim(_ db: Database) throws {
        // Writing is tried even where the name is there already: a database that cannot be written is to be
        // reported when it is opened, not when the first message should be kept.
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
}
