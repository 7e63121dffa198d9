using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Bot.Learning;

namespace TaskBot.Storage.Learning;

/// <summary>What is believed of preferences, in SQLite. Learning reads and writes in one transaction, so that nothing learnt beside it is lost.</summary>
public sealed class SqlitePreferenceStore(SqliteDatabase database, TimeProvider time) : IPreferenceStore
{
    public async ValueTask<PreferenceModel> ReadAsync(string scope, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => Read(connection, scope), cancellationToken);

    public async ValueTask LearnAsync(string scope, string key, IReadOnlyCollection<string> features, double reward, CancellationToken cancellationToken)
    {
        var lesson = new Lesson(key, time.GetUtcNow().ToUnixTimeMilliseconds());
        await database.WriteAsync(
            connection =>
            {
                if (connection.Execute(Sql.Once, lesson) == 0) return 0;
                var learnt = Read(connection, scope).Learn(features, reward);
                return connection.Execute(Sql.Put, features.Select(feature => new Row(scope, feature, learnt.Weights[feature].Mean, learnt.Weights[feature].Precision)).ToList());
            },
            cancellationToken);
    }

    static PreferenceModel Read(SqliteConnection connection, string scope) => new(
        connection.Query<Row>(Sql.Read, new ScopeOf(scope))
            .ToImmutableDictionary(row => row.Feature, row => new Weight(row.Mean, row.Precision), StringComparer.Ordinal));

    sealed record ScopeOf(string Scope);

    sealed record Lesson(string Key, long At);

    sealed record Row(string Scope, string Feature, double Mean, double Precision);

    static class Sql
    {
        public const string Read = "SELECT scope AS Scope, feature AS Feature, mean AS Mean, precision AS Precision FROM preference WHERE scope = @Scope";

        public const string Once = "INSERT INTO preference_lesson (key, learnt_at) VALUES (@Key, @At) ON CONFLICT (key) DO NOTHING";

        public const string Put = """
            INSERT INTO preference (scope, feature, mean, precision) VALUES (@Scope, @Feature, @Mean, @Precision)
            ON CONFLICT (scope, feature) DO UPDATE SET mean = excluded.mean, precision = excluded.precision
            """;
    }
}
