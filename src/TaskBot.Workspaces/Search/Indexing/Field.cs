namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>The parts of a file that count differently.</summary>
enum Field
{
    Path,

    /// <summary>Names that the file declares.</summary>
    Symbol,

    /// <summary>Every other word of its code.</summary>
    Code,
    Comment,
    String,
}

/// <summary>What a key of a segment's dictionary is, by its first character.</summary>
static class KeyKind
{
    public const int Fields = 5;

    /// <summary>A term, with counts by field.</summary>
    public const char Term = 't';

    /// <summary>A declared name, as written.</summary>
    public const char Declared = 'd';

    /// <summary>A file's stem in lower case.</summary>
    public const char Stem = 's';

    /// <summary>The stem in lower case of what a file imports.</summary>
    public const char Imported = 'm';

    /// <summary>The stem in lower case of what a file tests.</summary>
    public const char Tested = 'x';
}
