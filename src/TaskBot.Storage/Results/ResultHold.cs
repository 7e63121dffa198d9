using Dapper;

namespace TaskBot.Storage.Results;

/// <summary>A living run's hold on what it stores and uses: a row, which goes with the run or with the process.</summary>
sealed class ResultHold(SqliteDatabase database, long id) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() =>
        await database.WriteAsync(connection => connection.Execute("DELETE FROM result_hold WHERE id = @Id", new Identity(id)), CancellationToken.None);

    sealed record Identity(long Id);
}
