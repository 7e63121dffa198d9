using System.Globalization;
using System.Runtime.CompilerServices;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Runs;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Journal;

/// <summary>The journal in SQLite: one row for the records of a run that are appended together.</summary>
public sealed class SqliteJournal(SqliteDatabase database) : IJournal
{
    const int MostPagesHeld = 32;

    public async ValueTask AppendAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        if (records.Count == 0) return;
        var pages = records.GroupBy(record => record.RunId).Select(run => (Run: run.Key, Records: JournalPage.Write(run))).ToList();
        await database.WriteAsync(
            connection =>
            {
                foreach (var (run, page) in pages) JournalPages.Append(connection.Statements, run, page.Span);
                return pages.Count;
            },
            cancellationToken);
    }

    public async IAsyncEnumerable<JournalRecord> ReadAsync(RunId runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Some pages at a time, so that a slow reader holds no connection.
        for (var after = 0L; ;)
        {
            var from = after;
            var pages = await database.ReadAsync(connection => ReadPages(connection, runId, from), cancellationToken);
            foreach (var (seq, page) in pages)
            {
                var records = JournalPage.Read(runId, page) ?? throw new DatabaseException(
                    DatabaseFailure.Corrupt, database.Path, $"has a damaged page of the journal ({seq.ToString(CultureInfo.InvariantCulture)}) of run {runId}.");
                foreach (var record in records) yield return record;
            }

            if (pages.Count < MostPagesHeld) yield break;
            after = pages[^1].Seq;
        }
    }

    public async ValueTask<RunId?> LastRunAsync(CancellationToken cancellationToken) => await database.ReadAsync<RunId?>(
        connection =>
        {
            var read = connection.Statements.Prepare(Sql.LastRun);
            RunId? last = read.Step() ? new RunId(read.Text(0)!) : null;
            read.Reset();
            return last;
        },
        cancellationToken);

    static List<(long Seq, byte[] Records)> ReadPages(PreparedConnection connection, RunId runId, long after)
    {
        var pages = new List<(long, byte[])>();
        var read = connection.Statements.Prepare(Sql.Read);
        read.Bind(1, runId.Value);
        read.Bind(2, after);
        read.Bind(3, MostPagesHeld);
        while (read.Step()) pages.Add((read.Number(0), read.Bytes(1)));
        read.Reset();
        return pages;
    }

    static class Sql
    {
        public const string LastRun = "SELECT run_id FROM journal_page ORDER BY seq DESC LIMIT 1";

        public const string Read = "SELECT seq, CAST(records AS BLOB) FROM journal_page WHERE run_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    }
}
