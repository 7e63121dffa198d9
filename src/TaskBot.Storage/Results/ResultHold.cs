namespace TaskBot.Storage.Results;

/// <summary>A living run's hold on what it stores and uses: a row, which goes with the run or with the process.</summary>
sealed class ResultHold(SqliteDatabase database, long id) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() =>
        await database.WriteAsync(
            connection =>
            {
                var remove = connection.Statements.Prepare("DELETE FROM result_hold WHERE id = ?1");
                remove.Bind(1, id);
                remove.Run();
                return true;
            },
            CancellationToken.None);
}
