using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace TaskBot.Storage.Sqlite;

/// <summary>
/// A connection that keeps its prepared statements by their text. Dapper makes a new command for each call, and preparing a statement
/// again costs several times what running it does; here the command that Dapper disposes of goes back on its shelf. Not for statements
/// whose text is made up at run time, as the shelf is never cleared.
/// </summary>
sealed class PreparedConnection(string connectionString) : SqliteConnection(connectionString)
{
    readonly Dictionary<string, SqliteCommand> shelf = new(StringComparer.Ordinal);
    PreparedStatements? statements;

    /// <summary>The same connection by SQLite's own interface.</summary>
    public PreparedStatements Statements => statements ??= new(Handle!);

    public override void Close()
    {
        statements?.Dispose();
        statements = null;
        base.Close();
    }

    protected override DbCommand CreateDbCommand() => new Command(this);

    SqliteCommand Take(string text)
    {
        if (!shelf.Remove(text, out var command))
        {
            command = CreateCommand();
            command.CommandText = text;
        }

        command.Transaction = Transaction;
        return command;
    }

    void PutBack(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (!shelf.TryAdd(command.CommandText, command)) command.Dispose();
    }

    /// <summary>Stands for a command on the shelf from the moment its text is known until it is disposed of.</summary>
    sealed class Command(PreparedConnection connection) : DbCommand
    {
        SqliteCommand? taken;

        SqliteCommand Taken => taken ?? throw new InvalidOperationException("The command has no text yet.");

        [AllowNull]
        public override string CommandText
        {
            get => taken?.CommandText ?? "";
            set
            {
                if (taken is not null) connection.PutBack(taken);
                taken = connection.Take(value ?? "");
            }
        }

        public override int CommandTimeout
        {
            get => Taken.CommandTimeout;
            set => Taken.CommandTimeout = value;
        }

        public override CommandType CommandType
        {
            get => Taken.CommandType;
            set => Taken.CommandType = value;
        }

        public override UpdateRowSource UpdatedRowSource
        {
            get => Taken.UpdatedRowSource;
            set => Taken.UpdatedRowSource = value;
        }

        public override bool DesignTimeVisible { get; set; }

        protected override DbConnection? DbConnection
        {
            get => connection;
            set => throw new NotSupportedException("A prepared command stays with its connection.");
        }

        protected override DbParameterCollection DbParameterCollection => Taken.Parameters;

        protected override DbTransaction? DbTransaction
        {
            get => connection.Transaction;
            set
            {
                if (value is not null && value != connection.Transaction) throw new InvalidOperationException("The transaction is another connection's.");
            }
        }

        public override void Cancel() => Taken.Cancel();

        public override int ExecuteNonQuery() => Taken.ExecuteNonQuery();

        public override object? ExecuteScalar() => Taken.ExecuteScalar();

        public override void Prepare() => Taken.Prepare();

        protected override DbParameter CreateDbParameter() => Taken.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Taken.ExecuteReader(behavior);

        protected override void Dispose(bool disposing)
        {
            if (disposing && taken is not null) connection.PutBack(taken);
            taken = null;
            base.Dispose(disposing);
        }
    }
}
