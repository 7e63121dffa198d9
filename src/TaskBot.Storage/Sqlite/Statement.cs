using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskBot.Storage.Sqlite;

/// <summary>
/// A prepared statement without the layers above it, for what is done thousands of times in one go. Parameters are numbered from 1, columns
/// from 0. Belongs to its connection and to whoever uses that at the time.
/// </summary>
sealed class Statement : IDisposable
{
    readonly sqlite3 database;
    readonly sqlite3_stmt statement;

    public Statement(sqlite3 database, string sql)
    {
        this.database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out statement));
    }

    public void Bind(int parameter, string? text) => Check(text is null ? raw.sqlite3_bind_null(statement, parameter) : raw.sqlite3_bind_text(statement, parameter, text));

    public void Bind(int parameter, long number) => Check(raw.sqlite3_bind_int64(statement, parameter, number));

    public void Bind(int parameter, ReadOnlySpan<byte> bytes) =>
        Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, parameter, 0) : raw.sqlite3_bind_blob(statement, parameter, bytes));

    /// <summary>True where there is a row to read.</summary>
    /// <exception cref="SqliteException">What SQLite says.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_step(statement);
        if (code is raw.SQLITE_ROW or raw.SQLITE_DONE) return code == raw.SQLITE_ROW;
        raw.sqlite3_reset(statement);
        Check(code);
        return false;
    }

    /// <summary>Runs a statement of which no row is wanted.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>Runs it once more from the start; to be called after the last row that is wanted, so that no read stays open.</summary>
    public void Reset() => raw.sqlite3_reset(statement);

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    public long Number(int column) => raw.sqlite3_column_int64(statement, column);

    public string? Text(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_text(statement, column).utf8_to_string();

    public void Dispose() => statement.Dispose();

    void Check(int code)
    {
        if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, database);
    }
}
