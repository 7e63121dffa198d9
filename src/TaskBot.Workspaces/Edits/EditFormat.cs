using System.Text.Json.Serialization;

namespace TaskBot.Workspaces.Edits;

/// <summary>How a model writes its edits down. <see cref="Auto"/> finds out from the reply itself.</summary>
public enum EditFormat
{
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>Git's unified diff: changed, new, deleted and renamed files, and modes. Binary patches are refused.</summary>
    [JsonStringEnumMemberName("udiff")]
    UnifiedDiff,

    /// <summary>Blocks of <c>&lt;&lt;&lt;&lt;&lt;&lt;&lt; SEARCH</c>, <c>=======</c>, <c>&gt;&gt;&gt;&gt;&gt;&gt;&gt; REPLACE</c>, and Cline's
    /// <c>------- SEARCH</c> with <c>+++++++ REPLACE</c>.</summary>
    [JsonStringEnumMemberName("search-replace")]
    SearchReplace,

    /// <summary>Codex's envelope, from <c>*** Begin Patch</c> to <c>*** End Patch</c>.</summary>
    [JsonStringEnumMemberName("apply-patch")]
    ApplyPatch,

    /// <summary>A path on its own line, then the whole new text of that file in a fence.</summary>
    [JsonStringEnumMemberName("whole-file")]
    WholeFile,

    /// <summary>A JSON array of edits (or an object with <c>edits</c>), each with <c>path</c> and <c>search</c> and <c>replace</c>,
    /// or <c>content</c>, or <c>delete</c>, or <c>rename_to</c>.</summary>
    [JsonStringEnumMemberName("json")]
    Json,
}

/// <summary>The names of the formats as the command line, task layers and reports write them.</summary>
public static class EditFormats
{
    public static IEnumerable<string> Names { get; } = ["apply-patch", "auto", "json", "search-replace", "udiff", "whole-file"];

    public static bool TryParse(string name, out EditFormat format)
    {
        EditFormat? known = name switch
        {
            "apply-patch" => EditFormat.ApplyPatch,
            "auto" => EditFormat.Auto,
            "json" => EditFormat.Json,
            "search-replace" => EditFormat.SearchReplace,
            "udiff" => EditFormat.UnifiedDiff,
            "whole-file" => EditFormat.WholeFile,
            _ => null,
        };
        format = known.GetValueOrDefault();
        return known is not null;
    }

    public static string NameOf(EditFormat format) => Names.Single(name => TryParse(name, out var named) && named == format);
}
