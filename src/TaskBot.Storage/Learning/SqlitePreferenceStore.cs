using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Bot.Learning;

namespace TaskBot.Storage.Learning;

/// <summary>What is believed of preferences, in SQLite. Learning reads and writes in one transaction, so that nothing learnt beside it is lost.</summary>
public sealed class SqlitePreferenceStore(SqliteDatabase database, TimeProvider time) : IPreferenceStore
{
    public async ValueTask<PreferenceModel> ReadAsync(string scope, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => Read(connection, scope), cancellationToken);

    public async ValueTask LearnAsync(string scope, string key, IReadOnlyCollection<string> features, double? reward, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await database.WriteAsync(
            connection =>
            {
                var kept = connection.QuerySingleOrDefault<LessonRow>(Sql.Find, new KeyOf(key));
                // What was learnt from before changes were kept cannot be taken back: it counts as it was.
                if (kept is { Changes: null }) return 0;
                var before = kept?.ToLesson();
                var (model, lesson) = Read(connection, scope).Revise(before, features, reward);
                if (ReferenceEquals(lesson, before)) return 0;
                var changed = (before?.Changes.Keys ?? []).Union(features, StringComparer.Ordinal);
                var weights = changed.Where(model.Weights.ContainsKey).Select(feature => new Row(scope, feature, model.Weights[feature].Mean, model.Weights[feature].Precision)).ToList();
                return connection.Execute(Sql.Put, weights) + (lesson is null ? connection.Execute(Sql.Forget, new KeyOf(key)) : connection.Execute(Sql.Keep, LessonRow.Of(key, lesson, now)));
            },
            cancellationToken);
    }

    static PreferenceModel Read(SqliteConnection connection, string scope) => new(
        connection.Query<Row>(Sql.Read, new ScopeOf(scope))
            .ToImmutableDictionary(row => row.Feature, row => new Weight(row.Mean, row.Precision), StringComparer.Ordinal));

    sealed record ScopeOf(string Scope);

    sealed record KeyOf(string Key);

    sealed record LessonRow
    {
        public string Key { get; init; } = "";

        public long At { get; init; }

        public double? Reward { get; init; }

        public string? Changes { get; init; }

        public static LessonRow Of(string key, Lesson lesson, long at) => new()
        {
            Key = key,
            At = at,
            Reward = lesson.Reward,
            Changes = JsonSerializer.Serialize(lesson.Changes.ToDictionary(change => change.Key, change => new[] { change.Value.Mean, change.Value.Precision })),
        };

        public Lesson ToLesson() => new(
            Reward!.Value,
            JsonSerializer.Deserialize<Dictionary<string, double[]>>(Changes!)!.ToImmutableSortedDictionary(change => change.Key, change => new Weight(change.Value[0], change.Value[1]), StringComparer.Ordinal));
    }

    sealed record Row(string Scope, string Feature, double Mean, double Precision);

    static class Sql
    {
        public const string Read = "SELECT scope AS Scope, feature AS Feature, mean AS Mean, precision AS Precision FROM preference WHERE scope = @Scope";

        public const string Find = "SELECT key AS Key, learnt_at AS At, reward AS Reward, changes AS Changes FROM preference_lesson WHERE key = @Key";

        public const string Keep = """
            INSERT INTO preference_lesson (key, learnt_at, reward, changes) VALUES (@Key, @At, @Reward, @Changes)
            ON CONFLICT (key) DO UPDATE SET learnt_at = excluded.learnt_at, reward = excluded.reward, changes = excluded.changes
            """;

        public const string Forget = "DELETE FROM preference_lesson WHERE key = @Key";

        public const string Put = """
            INSERT INTO preference (scope, feature, mean, precision) VALUES (@Scope, @Feature, @Mean, @Precision)
            ON CONFLICT (scope, feature) DO UPDATE SET mean = excluded.mean, precision = excluded.precision
            """;
    }
}
