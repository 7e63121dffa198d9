using TaskBot.Workspaces.Commands;

namespace TaskBot.Workspaces.Tests.Commands;

/// <summary>Runs where bubblewrap is installed and works.</summary>
public sealed class BubblewrapFactAttribute : FactAttribute
{
    static readonly Lazy<bool> Works = new(() =>
    {
        using var runner = new CommandRunner(TimeProvider.System);
        return runner.SandboxAsync(CancellationToken.None).GetAwaiter().GetResult() == Sandbox.Bubblewrap;
    });

    public BubblewrapFactAttribute()
    {
        if (!Works.Value)
            Skip = "bubblewrap (bwrap) is not installed, or may not make user namespaces here.";
    }
}
