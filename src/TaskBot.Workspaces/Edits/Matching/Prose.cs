namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>Files that are read by people: they show samples of code with parts left out on purpose, and their quotes are typographic.</summary>
internal static class Prose
{
    public static bool Is(string path) => Path.GetExtension(path).ToUpperInvariant() is ".MD" or ".RST" or ".TXT" or ".ADOC" or ".TEX";
}
