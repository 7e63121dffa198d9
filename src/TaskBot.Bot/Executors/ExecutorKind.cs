using System.Text.Json.Serialization;

namespace TaskBot.Bot.Executors;

/// <summary>Who runs the graphs of runs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExecutorKind>))]
public enum ExecutorKind
{
    /// <summary>This process.</summary>
    Here,

    /// <summary>A job of GitHub Actions in the repository that the run is for.</summary>
    Actions,
}
