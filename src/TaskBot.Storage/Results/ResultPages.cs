using System.Security.Cryptography;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Results;

/// <summary>The rows of pages, and of where in them results are.</summary>
static class ResultPages
{
    public const int MostInPage = 128;

    /// <summary>The page that has, or had, the result of that number; null for none.</summary>
    public static long? Locate(PreparedStatements connection, long number)
    {
        var locate = connection.Prepare(Sql.Locate);
        locate.Bind(1, number);
        var page = locate.Step() ? locate.Number(0) : (long?)null;
        locate.Reset();
        return page;
    }

    public static Row? Read(PreparedStatements connection, long id)
    {
        var read = connection.Prepare(Sql.Find);
        read.Bind(1, id);
        var row = read.Step() ? new Row(read.Bytes(0), read.Bytes(1), read.Number(2)) : null;
        read.Reset();
        return row;
    }

    /// <param name="results">As <see cref="ResultPageWriter"/> packs them.</param>
    /// <returns>The page, which nobody finds anything in before <see cref="Place"/> says what is there.</returns>
    public static long Store(PreparedStatements connection, ReadOnlySpan<byte> results, long now)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(results, digest);
        var store = connection.Prepare(Sql.Store);
        store.Bind(1, results);
        store.Bind(2, digest);
        store.Bind(3, results.Length);
        store.Bind(4, now);
        store.Run();
        return connection.LastId;
    }

    /// <summary>The result of that number is in that page from now on.</summary>
    public static void Place(PreparedStatements connection, long number, long page)
    {
        var place = connection.Prepare(Sql.Place);
        place.Bind(1, number);
        place.Bind(2, page);
        place.Run();
    }

    public static void Use(PreparedStatements connection, long id, long at)
    {
        var use = connection.Prepare(Sql.Use);
        use.Bind(1, at);
        use.Bind(2, id);
        use.Run();
    }

    /// <summary>The result of that number is in no page any more.</summary>
    public static void Forget(PreparedStatements connection, long number)
    {
        var forget = connection.Prepare(Sql.Forget);
        forget.Bind(1, number);
        forget.Run();
    }

    /// <returns>How many results were in the page.</returns>
    public static int Remove(PreparedStatements connection, long id)
    {
        var count = 0;
        if (Read(connection, id) is { } row)
        {
            var forget = connection.Prepare(Sql.ForgetIn);
            foreach (var entry in ResultPage.Read(row.Results))
            {
                forget.Bind(1, ResultPage.NumberOf(entry.Key));
                forget.Bind(2, id);
                forget.Run();
                count++;
            }
        }

        var remove = connection.Prepare(Sql.Remove);
        remove.Bind(1, id);
        remove.Run();
        return count;
    }

    /// <summary>A page as it is kept.</summary>
    internal sealed record Row(byte[] Results, byte[] Digest, long UsedAt)
    {
        public bool IsWhole => SHA256.HashData(Results).AsSpan().SequenceEqual(Digest);
    }

    static class Sql
    {
        public const string Locate = "SELECT page FROM result_place WHERE key = ?1";

        public const string Find = "SELECT results, digest, used_at FROM result_page WHERE id = ?1";

        public const string Store = "INSERT INTO result_page (results, digest, size_bytes, used_at) VALUES (?1, ?2, ?3, ?4)";

        public const string Place = "INSERT INTO result_place (key, page) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET page = excluded.page";

        public const string Use = "UPDATE result_page SET used_at = ?1 WHERE id = ?2 AND used_at < ?1";

        public const string Forget = "DELETE FROM result_place WHERE key = ?1";

        public const string ForgetIn = "DELETE FROM result_place WHERE key = ?1 AND page = ?2";

        public const string Remove = "DELETE FROM result_page WHERE id = ?1";
    }
}
