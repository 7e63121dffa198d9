using TaskBot.Conformance.Composition;

namespace TaskBot.Graphs.Tests.Composition;

/// <summary>Scenes that OpenUSD composed, from the folder beside the checkout.</summary>
public class ConformanceTests
{
    [RecordedScenesFact]
    public void Every_recorded_scene_composes_as_OpenUSD_composed_it()
    {
        using var output = new StringWriter();

        CompositionRun.Run(RecordedScenesFactAttribute.Folder!, asJson: false, output).ShouldBe(0, output.ToString().Split('\n').FirstOrDefault(line => line.StartsWith("FAIL", StringComparison.Ordinal)));
    }
}

/// <summary>A test over recorded scenes; skipped where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class RecordedScenesFactAttribute : FactAttribute
{
    public RecordedScenesFactAttribute()
    {
        if (Folder is null) Skip = "There is no ../shared/composition beside the checkout.";
    }

    /// <summary><c>shared/composition</c> beside the repository's root, or beside a folder of worktrees; null where absent.</summary>
    public static DirectoryInfo? Folder
    {
        get
        {
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            {
                if (!File.Exists(Path.Combine(at.FullName, "TaskBot.sln"))) continue;
                for (var beside = at.Parent; beside is not null; beside = beside.Parent)
                    if (Directory.Exists(Path.Combine(beside.FullName, "shared", "composition"))) return new(Path.Combine(beside.FullName, "shared", "composition"));
            }

            return null;
        }
    }
}
