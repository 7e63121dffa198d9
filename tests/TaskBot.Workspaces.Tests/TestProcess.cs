using TaskBot.Workspaces.Tests.Edits;

namespace TaskBot.Workspaces.Tests;

/// <summary>This assembly as a process of its own, for tests that need one to kill.</summary>
static class TestProcess
{
    static Task Main(string[] arguments) => arguments is [KilledWriterTests.KilledWriter.Verb, var folder]
        ? KilledWriterTests.KilledWriter.RunAsync(folder)
        : throw new ArgumentException($"Run the tests with 'dotnet test', or give '{KilledWriterTests.KilledWriter.Verb}' and a folder.", nameof(arguments));
}
