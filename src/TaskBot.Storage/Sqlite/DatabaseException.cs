using Microsoft.Data.Sqlite;

namespace TaskBot.Storage.Sqlite;

/// <summary>Why the database could not do what was asked of it.</summary>
public enum DatabaseFailure
{
    /// <summary>Anything else that SQLite reports.</summary>
    Other,

    /// <summary>The file cannot be opened or made.</summary>
    CannotOpen,

    /// <summary>The file is no SQLite database, or not one of TaskBot's.</summary>
    NotADatabase,

    /// <summary>Parts of the file are damaged or missing.</summary>
    Corrupt,

    /// <summary>The file or its folder may not be written.</summary>
    ReadOnly,

    /// <summary>A newer TaskBot wrote it.</summary>
    TooNew,

    DiskFull,

    /// <summary>Another process was writing for longer than the busy timeout.</summary>
    Locked,
}

/// <summary>The database could not do what was asked of it. What the call was to write is not written.</summary>
public sealed class DatabaseException(DatabaseFailure failure, string path, string what, Exception? inner = null)
    : Exception($"The database '{path}' {what}", inner)
{
    public DatabaseFailure Failure { get; } = failure;

    // Result codes: https://www.sqlite.org/rescode.html
    internal static DatabaseException From(SqliteException exception, string path)
    {
        var (failure, what) = exception.SqliteErrorCode switch
        {
            5 or 6 => (DatabaseFailure.Locked, "is locked by another process; end it, or try again when it has finished writing."),
            8 => (DatabaseFailure.ReadOnly, "is read-only; give this user write permission on the file and on its folder."),
            11 => (DatabaseFailure.Corrupt, "is damaged; restore a copy, or move it away to start with an empty one."),
            13 => (DatabaseFailure.DiskFull, "cannot grow: the disk is full."),
            14 => (DatabaseFailure.CannotOpen, "cannot be opened; check that the path is a file and that this user may write in its folder."),
            26 => (DatabaseFailure.NotADatabase, "is not a SQLite database; check the path, nothing in the file was changed."),
            _ => (DatabaseFailure.Other, $"failed: {exception.Message}"),
        };
        return new DatabaseException(failure, path, what, exception);
    }
}
