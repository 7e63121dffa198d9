using System.Reflection;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;

namespace TaskBot.Bot.Tests.Runs;

/// <summary>The local forge with some of its answers replaced: for what only a real one does, such as running a job again or refusing.</summary>
public class SeenForge : DispatchProxy
{
    LocalForge forge = null!;
    Dictionary<string, Func<object?[], object?>> answers = null!;

    /// <param name="answers">By the method's name; each is given the arguments and gives the task.</param>
    public static Func<LocalForge, IForge> With(params (string Method, Func<object?[], object?> Answer)[] answers) => forge =>
    {
        var seen = Create<IForge, SeenForge>();
        ((SeenForge)(object)seen).forge = forge;
        ((SeenForge)(object)seen).answers = answers.ToDictionary(answer => answer.Method, answer => answer.Answer, StringComparer.Ordinal);
        return seen;
    };

    /// <summary>A method that refuses.</summary>
    public static (string Method, Func<object?[], object?> Answer) Refusing(string method, Obstacle obstacle, string says = "No.") =>
        (method, _ => throw new ForgeException(says) { Obstacle = obstacle });

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        answers.TryGetValue(targetMethod!.Name, out var answer) && answer(args!) is { } given ? given : targetMethod.Invoke(forge, args);
}
