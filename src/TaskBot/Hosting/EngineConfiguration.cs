using TaskBot.Commands;
using TaskBot.Engine;

namespace TaskBot.Hosting;

/// <summary>
/// Reads the section <c>Engine</c>: the <see cref="RunnerOptions"/> by their names, and under <c>Resources</c> how much there is of what. A resource may have a colon in its
/// name, as <c>rate:search</c> has, which configuration takes for a level.
/// </summary>
static class EngineConfiguration
{
    public const string Section = "Engine";
    const string Resources = nameof(RunnerOptions.Resources);

    /// <exception cref="UsageException">Values that cannot be; the message names all of them.</exception>
    public static RunnerOptions Read(IConfiguration configuration)
    {
        var options = new RunnerOptions();
        var values = configuration.GetSection(Section).AsEnumerable(makePathsRelative: true).Where(value => value.Value is not null).ToLookup(value => IsResource(value.Key));
        foreach (var (key, amount) in values[true]) options.Resources[key[(Resources.Length + 1)..]] = amount!;
        try
        {
            new ConfigurationBuilder().AddInMemoryCollection(values[false]).Build().Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException($"{Section}: {e.Message} {e.InnerException?.Message}".TrimEnd());
        }

        var mistakes = options.FindMistakes().Select(mistake => $"{Section}: {mistake}").ToList();
        return mistakes.Count == 0 ? options : throw new UsageException(string.Join('\n', mistakes));

        static bool IsResource(string key) => key.StartsWith($"{Resources}:", StringComparison.OrdinalIgnoreCase);
    }
}
