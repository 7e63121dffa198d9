namespace TaskBot.Bot.Tests.Refinement;

/// <summary>A test that needs a program, and is skipped where it is not on the path.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program))))
            Skip = $"There is no {program} on this machine.";
    }
}
