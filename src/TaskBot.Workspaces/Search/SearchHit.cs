using System.Runtime.InteropServices;
using TaskBot.Workspaces.Search.Languages;

namespace TaskBot.Workspaces.Search;

/// <summary>A file worth reading.</summary>
/// <param name="Path">From the root of the tree, forward slashes.</param>
/// <param name="Score">Above 0; comparable within one answer only.</param>
/// <param name="Reasons">For people: what spoke for the file, strongest first, at most five.</param>
/// <param name="Symbols">The declarations to read, in the order of the file; at most eight.</param>
/// <param name="Lines">The lines to read, ascending and apart; empty for a file that is known by its path only.</param>
public sealed record SearchHit(
    string Path, double Score, IReadOnlyList<string> Reasons, IReadOnlyList<SourceSymbol> Symbols, IReadOnlyList<LineRange> Lines);

/// <summary>Some lines of a file.</summary>
/// <param name="From">From 1.</param>
/// <param name="To">The last of them.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LineRange(int From, int To);
