namespace TaskBot.Workspaces.Search.Languages;

/// <summary>A name that a file declares.</summary>
/// <param name="Kind">As its language says: class, function, method, property, ...</param>
/// <param name="Line">Where the declaration begins, from 1.</param>
/// <param name="EndLine">Its last line.</param>
public sealed record SourceSymbol(string Name, string Kind, int Line, int EndLine);
