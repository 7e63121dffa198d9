namespace TaskBot.Workspaces.Trees;

/// <summary>The id of a git tree: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.</summary>
public readonly record struct TreeId
{
    public TreeId(string value) => Value = ObjectId.Checked(value);

    public string Value { get; }

    public override string ToString() => Value;
}

/// <summary>The id of a git commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.</summary>
public readonly record struct CommitId
{
    public CommitId(string value) => Value = ObjectId.Checked(value);

    public string Value { get; }

    public override string ToString() => Value;
}

/// <summary>The id of a file's exact bytes: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.</summary>
public readonly record struct BlobId
{
    public BlobId(string value) => Value = ObjectId.Checked(value);

    public string Value { get; }

    public override string ToString() => Value;
}

static class ObjectId
{
    public static string Checked(string value) =>
        value is { Length: 40 or 64 } && value.All(char.IsAsciiHexDigitLower)
            ? value
            : throw new ArgumentException($"'{value}' is not a git object id: 40 or 64 lower-case hexadecimal digits.", nameof(value));
}
