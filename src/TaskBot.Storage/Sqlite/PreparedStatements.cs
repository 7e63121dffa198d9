using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskBot.Storage.Sqlite;

/// <summary>
/// A connection by SQLite's own interface, which keeps its prepared statements by their text: for what is done thousands of times in one go, and for a command
/// that ends in a tenth of a second, as the layers above take longer to load than the database. Not for statements whose text is made up at run time, as none is
/// ever dropped. Belongs to one thread at a time.
/// </summary>
sealed class PreparedStatements : IDisposable
{
    readonly sqlite3 database;
    readonly bool isOwn;
    readonly Dictionary<string, Statement> statements = new(StringComparer.Ordinal);

    PreparedStatements(sqlite3 database, bool isOwn) => (this.database, this.isOwn) = (database, isOwn);

    /// <summary>Those of a connection that is opened and closed elsewhere.</summary>
    public PreparedStatements(sqlite3 database)
        : this(database, isOwn: false)
    {
    }

    /// <summary>True from the beginning of a transaction until it is over, by whatever end.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(database) == 0;

    /// <summary>The row that was inserted last.</summary>
    public long LastId => raw.sqlite3_last_insert_rowid(database);

    /// <summary>Opens a file, which is made where it is not there.</summary>
    /// <exception cref="SqliteException">What SQLite says.</exception>
    public static PreparedStatements Open(string path, TimeSpan busyTimeout)
    {
        _ = SqliteLibrary.Current;
        var code = raw.sqlite3_open_v2(path, out var database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, vfs: null);
        var opened = new PreparedStatements(database, isOwn: true);
        try
        {
            if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, database);
            raw.sqlite3_busy_timeout(database, (int)Math.Min(busyTimeout.TotalMilliseconds, int.MaxValue));
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The statement of this text, prepared when it is first asked for.</summary>
    /// <exception cref="SqliteException">What SQLite says.</exception>
    public Statement Prepare(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement)) statements.Add(sql, statement = new(database, sql));
        return statement;
    }

    /// <summary>The number that a statement without parameters gives first.</summary>
    /// <exception cref="SqliteException">What SQLite says.</exception>
    public long ReadNumber(string sql)
    {
        var read = Prepare(sql);
        read.Step();
        var number = read.Number(0);
        read.Reset();
        return number;
    }

    /// <summary>Runs statements once.</summary>
    /// <exception cref="SqliteException">What SQLite says.</exception>
    public void Run(string sql)
    {
        if (raw.sqlite3_exec(database, sql) is not raw.SQLITE_OK and var code) SqliteException.ThrowExceptionForRC(code, database);
    }

    public void Dispose()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        statements.Clear();
        if (isOwn) database.Dispose();
    }
}
