namespace TaskBot.Storage.Sqlite;

/// <summary>
/// This process, as one that has the database open and may hold deliveries and runs. It keeps a lock file that the operating system frees
/// when the process ends, however it ends; so whoever opens the database next can tell the dead from the living without guessing by clock
/// or process id, and frees at once what the dead held.
/// </summary>
sealed class SqliteOwner : IDisposable
{
    readonly FileStream? lockFile;

    SqliteOwner(string id, FileStream? lockFile)
    {
        Id = id;
        this.lockFile = lockFile;
    }

    public string Id { get; }

    /// <summary>Enters this process and removes those that died.</summary>
    /// <param name="path">Null for a database in memory, which nobody else can open.</param>
    /// <returns>The owner, and how many dead ones were removed.</returns>
    public static (SqliteOwner Owner, int Dead) Register(PreparedStatements connection, string? path, DateTimeOffset now)
    {
        var id = Guid.NewGuid().ToString("n");
        var owner = new SqliteOwner(id, path is null ? null : Lock(LockPath(path, id), FileMode.CreateNew));
        try
        {
            connection.Run("BEGIN IMMEDIATE");
            var dead = path is null ? [] : List(connection).Where(other => IsDead(LockPath(path, other))).ToList();
            foreach (var other in dead) Remove(connection, other);
            var add = connection.Prepare(Sql.Add);
            add.Bind(1, id);
            add.Bind(2, Environment.ProcessId);
            add.Bind(3, Environment.MachineName);
            add.Bind(4, now.ToUnixTimeMilliseconds());
            add.Run();
            connection.Run("COMMIT");
            return (owner, dead.Count);
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>Gives back all that this process holds.</summary>
    public void Leave(PreparedStatements connection) => Remove(connection, Id);

    public void Dispose() => lockFile?.Dispose();

    static List<string> List(PreparedStatements connection)
    {
        var ids = new List<string>();
        var list = connection.Prepare(Sql.List);
        while (list.Step()) ids.Add(list.Text(0)!);
        list.Reset();
        return ids;
    }

    static void Remove(PreparedStatements connection, string id)
    {
        var remove = connection.Prepare(Sql.Remove);
        remove.Bind(1, id);
        remove.Run();
    }

    static string LockPath(string path, string id) => $"{path}-owner-{id}";

    static FileStream Lock(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);

    static bool IsDead(string lockPath)
    {
        try
        {
            // Whoever can lock the file outlived its owner; closing it deletes it.
            Lock(lockPath, FileMode.Open).Dispose();
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static class Sql
    {
        public const string List = "SELECT id FROM owner";

        /// <summary>The foreign keys of deliveries and runs set their holder to null.</summary>
        public const string Remove = "DELETE FROM owner WHERE id = ?1";

        public const string Add = "INSERT INTO owner (id, process_id, machine, opened_at) VALUES (?1, ?2, ?3, ?4)";
    }
}
