using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;

namespace TaskBot.Storage.Sqlite;

/// <summary>One numbered step of the schema, from an embedded file such as <c>0001-first-stores.sql</c>.</summary>
sealed record SqliteMigration(int Version, string Name, string Sql)
{
    /// <summary>All of them, oldest first; read when they are first asked for.</summary>
    public static ImmutableArray<SqliteMigration> All => field.IsDefault ? field = ReadAll() : field;

    /// <summary>The version that this program works with.</summary>
    public static int Newest
    {
        get
        {
            var newest = 0;
            foreach (var name in Assembly.GetExecutingAssembly().GetManifestResourceNames())
                if (char.IsAsciiDigit(name[0])) newest = Math.Max(newest, VersionOf(name));
            return newest;
        }
    }

    static ImmutableArray<SqliteMigration> ReadAll() =>
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => char.IsAsciiDigit(name[0]))
            .Order(StringComparer.Ordinal)
            .Select(name => new SqliteMigration(VersionOf(name), name[5..], Read(name))),
    ];

    static int VersionOf(string name) => int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture);

    static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

/// <summary>Brings a database to the newest schema, forward only. Processes that open it at the same time wait for each other.</summary>
static class SqliteMigrations
{
    /// <exception cref="DatabaseException">It belongs to another program, or to a newer TaskBot.</exception>
    public static void Apply(PreparedStatements connection, string path, ImmutableArray<SqliteMigration> migrations, DateTimeOffset now)
    {
        if (Version(connection, path) == migrations[^1].Version) return;
        connection.Run("BEGIN IMMEDIATE");
        try
        {
            var current = Version(connection, path);
            if (current > migrations[^1].Version)
                throw new DatabaseException(DatabaseFailure.TooNew, path,
                    $"was written by a newer TaskBot (its schema is version {current}, this program knows {migrations[^1].Version}); use that one, or another file.");
            connection.Run(Sql.CreateVersions);
            foreach (var migration in migrations)
                if (migration.Version > current) Apply(connection, migration, now);
            connection.Run("COMMIT");
        }
        catch
        {
            if (connection.IsInTransaction) connection.Run("ROLLBACK");
            throw;
        }
    }

    static void Apply(PreparedStatements connection, SqliteMigration migration, DateTimeOffset now)
    {
        connection.Run(migration.Sql);
        var add = connection.Prepare(Sql.AddVersion);
        add.Bind(1, migration.Version);
        add.Bind(2, migration.Name);
        add.Bind(3, now.ToUnixTimeMilliseconds());
        add.Run();
    }

    /// <summary>0 for an empty database.</summary>
    /// <exception cref="DatabaseException">It belongs to another program.</exception>
    public static int Version(PreparedStatements connection, string path)
    {
        var count = connection.Prepare(Sql.CountTables);
        count.Step();
        var (total, versions) = (count.Number(0), count.Number(1));
        count.Reset();
        if (versions > 0)
        {
            var read = connection.Prepare(Sql.ReadVersion);
            read.Step();
            var version = (int)read.Number(0);
            read.Reset();
            return version;
        }

        return total == 0
            ? 0
            : throw new DatabaseException(DatabaseFailure.NotADatabase, path, "belongs to another program; check the path, nothing in the file was changed.");
    }

    static class Sql
    {
        public const string CountTables = "SELECT count(*), coalesce(sum(name = 'taskbot_schema'), 0) FROM sqlite_master";

        public const string ReadVersion = "SELECT coalesce(max(version), 0) FROM taskbot_schema";

        public const string CreateVersions =
            "CREATE TABLE IF NOT EXISTS taskbot_schema (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)";

        public const string AddVersion = "INSERT INTO taskbot_schema (version, name, applied_at) VALUES (?1, ?2, ?3)";
    }
}
