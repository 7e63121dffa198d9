namespace TaskBot.Engine.Runs;

/// <summary>One life of a task, from trigger to end: a word of lower-case letters, digits and dashes that sorts by start.</summary>
public readonly record struct RunId(string Value)
{
    public static RunId New(TimeProvider time) => new(Guid.CreateVersion7(time.GetUtcNow()).ToString("n"));

    public override string ToString() => Value;
}
