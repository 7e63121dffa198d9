using TaskBot.Engine.Runs;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Journal;

/// <summary>The rows of the journal: one for the records of a run that are appended together.</summary>
static class JournalPages
{
    /// <param name="page">As <see cref="JournalPage"/> writes it.</param>
    public static void Append(PreparedStatements connection, RunId run, ReadOnlySpan<byte> page)
    {
        var append = connection.Prepare("INSERT INTO journal_page (run_id, records) VALUES (?1, ?2)");
        append.Bind(1, run.Value);
        append.Bind(2, page);
        append.Run();
    }
}
