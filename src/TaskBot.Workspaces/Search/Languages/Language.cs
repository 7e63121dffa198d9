using System.Collections.Frozen;

namespace TaskBot.Workspaces.Search.Languages;

/// <summary>
/// What the general lexer must know of a language: its comments, its strings, and the words that begin declarations and imports. C# has
/// its own parser for declarations; here stands only how its text is split.
/// </summary>
sealed record Language(string Name)
{
    /// <summary>The words before a parenthesis and a brace that are no function's name.</summary>
    static readonly FrozenSet<string> Control = Words("if for while switch catch return else do try with lock using foreach elif unless until when synchronized function fn func match loop guard "
        + "sizeof typeof defined super await throw new case assert not and or in yield select decltype alignas static_assert");

    static readonly FrozenDictionary<string, Language> ByExtension = Table();

    /// <summary>Text that is no code: all of it counts as prose.</summary>
    public static Language Prose { get; } = new("text") { IsProse = true };

    /// <summary>An unknown file is read as if it were like C, with the usual quotes.</summary>
    static readonly Language Unknown = new("unknown");

    public FrozenSet<string> Imports { get; private init; } = [];

    /// <summary>The kind of what each word declares.</summary>
    public FrozenDictionary<string, string> Declares { get; private init; } = FrozenDictionary<string, string>.Empty;

    public bool IsProse { get; private init; }

    public bool IsCSharp { get; private init; }

    /// <summary>A declaration ends where its indentation does, not at a brace.</summary>
    public bool IsIndented { get; private init; }

    /// <summary><c>name(...) {</c> declares a function.</summary>
    public bool HasBareFunctions { get; private init; }

    /// <summary>A word such as <c>struct</c> declares only what has a body; elsewhere it names a type that is used.</summary>
    public bool NeedsBody { get; private init; }

    /// <summary><c>name = (...) =></c> and <c>name: function</c> declare a function.</summary>
    public bool HasAssignedFunctions { get; private init; }

    string[] LineComments { get; init; } = ["//"];

    (string Open, string Close)? Block { get; init; } = ("/*", "*/");

    string Quotes { get; init; } = "\"'";

    string LongQuotes { get; init; } = "";

    bool HasTripleQuotes { get; init; }

    public static Language Of(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return ByExtension.GetValueOrDefault(Path.GetExtension(name).ToLowerInvariant()) ?? ByExtension.GetValueOrDefault(name.ToLowerInvariant()) ?? Unknown;
    }

    /// <summary>True for a word that can stand before <c>(...) {</c> without being a function's name.</summary>
    public static bool IsControl(string word) => Control.Contains(word);

    /// <summary>The length of the comment that begins at a place; 0 where none does.</summary>
    public int CommentAt(ReadOnlySpan<char> text, int at)
    {
        var rest = text[at..];
        if (Block is var (open, close) && rest.StartsWith(open, StringComparison.Ordinal))
            return rest[open.Length..].IndexOf(close, StringComparison.Ordinal) is >= 0 and var end ? open.Length + end + close.Length : rest.Length;
        foreach (var line in LineComments)
            // A hash within a word or an expansion, as in $#, begins no comment.
            if (rest.StartsWith(line, StringComparison.Ordinal) && (line != "#" || at == 0 || char.IsWhiteSpace(text[at - 1])))
                return rest.IndexOf('\n') is >= 0 and var end ? end : rest.Length;
        return 0;
    }

    /// <summary>The length of the string that begins at the start of a text; 0 where none does. A quote that does not close on its line is none.</summary>
    public int StringAt(ReadOnlySpan<char> rest)
    {
        var quote = rest[0];
        var isLong = LongQuotes.Contains(quote, StringComparison.Ordinal);
        if (!isLong && !Quotes.Contains(quote, StringComparison.Ordinal))
            return 0;
        if (HasTripleQuotes && rest.Length > 5 && rest[1] == quote && rest[2] == quote)
            return rest[3..].IndexOf(rest[..3], StringComparison.Ordinal) is >= 0 and var close ? close + 6 : 0;
        for (var i = 1; i < Math.Min(rest.Length, LongestString); i++)
        {
            if (rest[i] == '\\')
                i++;
            else if (rest[i] == quote)
                return i + 1;
            else if (rest[i] == '\n' && !isLong)
                return 0;
        }
        return 0;
    }

    const int LongestString = 20_000;

    static FrozenDictionary<string, Language> Table()
    {
        var c = new Language("c")
        {
            Declares = Kinds("struct=struct union=union enum=enum define=macro"),
            Imports = Words("include"),
            HasBareFunctions = true,
            NeedsBody = true,
        };
        var hash = new Language("script") { LineComments = ["#"], Block = null, HasTripleQuotes = true, IsIndented = true };
        var markup = new Language("markup") { LineComments = [], Block = ("<!--", "-->") };
        var script = new Language("javascript")
        {
            Declares = Kinds("class=class function=function interface=interface enum=enum namespace=namespace type=type"),
            Imports = Words("import from require"),
            LongQuotes = "`",
            HasBareFunctions = true,
            HasAssignedFunctions = true,
        };
        var languages = new Dictionary<string, Language>(StringComparer.Ordinal)
        {
            [".cs .csx"] = new("csharp") { IsCSharp = true, HasTripleQuotes = true },
            [".js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte"] = script,
            [".py .pyi .pyx"] = hash with { Name = "python", Declares = Kinds("def=function class=class"), Imports = Words("import from") },
            [".go"] = new("go")
            {
                Declares = Kinds("func=function type=type"),
                Imports = Words("import"),
                LongQuotes = "`",
            },
            [".rs"] = new("rust")
            {
                Declares = Kinds("fn=function struct=struct enum=enum trait=trait union=union type=type mod=module impl=impl macro_rules=macro"),
                Imports = Words("use mod"),
                Quotes = "\"",
            },
            [".java .groovy .gradle"] = new("java")
            {
                Declares = Kinds("class=class interface=interface enum=enum record=record"),
                Imports = Words("import"),
                HasBareFunctions = true,
                HasTripleQuotes = true,
            },
            [".kt .kts"] = new("kotlin")
            {
                Declares = Kinds("class=class interface=interface object=object typealias=type fun=function"),
                Imports = Words("import"),
                HasTripleQuotes = true,
            },
            [".scala .sc"] = new("scala")
            {
                Declares = Kinds("class=class trait=trait object=object def=function type=type enum=enum"),
                Imports = Words("import"),
                HasTripleQuotes = true,
            },
            [".swift"] = new("swift")
            {
                Declares = Kinds("class=class struct=struct enum=enum protocol=protocol extension=extension actor=class typealias=type func=function"),
                Imports = Words("import"),
                Quotes = "\"",
                HasTripleQuotes = true,
            },
            [".c .h .m"] = c,
            [".cc .cpp .cxx .hpp .hh .hxx .mm .cu .ino"] = c with
            {
                Name = "cpp",
                Declares = Kinds("struct=struct union=union enum=enum define=macro class=class namespace=namespace"),
            },
            [".dart"] = new("dart")
            {
                Declares = Kinds("class=class mixin=class extension=extension enum=enum typedef=type"),
                Imports = Words("import export part"),
                HasBareFunctions = true,
                HasTripleQuotes = true,
            },
            [".php"] = new("php")
            {
                Declares = Kinds("class=class interface=interface trait=trait enum=enum function=function namespace=namespace"),
                Imports = Words("use require require_once include include_once"),
                LineComments = ["//", "#"],
            },
            [".rb .rake .gemspec rakefile gemfile"] = hash with
            {
                Name = "ruby",
                Declares = Kinds("def=function class=class module=module"),
                Imports = Words("require require_relative"),
                HasTripleQuotes = false,
            },
            [".lua"] = new("lua")
            {
                Declares = Kinds("function=function"),
                Imports = Words("require"),
                LineComments = ["--"],
                Block = ("--[[", "]]"),
                IsIndented = true,
                HasAssignedFunctions = true,
            },
            [".ex .exs"] = hash with
            {
                Name = "elixir",
                Declares = Kinds("def=function defp=function defmodule=module defmacro=macro"),
                Imports = Words("import alias use require"),
            },
            [".sh .bash .zsh .bats"] = new("shell")
            {
                Declares = Kinds("function=function"),
                Imports = Words("source"),
                LineComments = ["#"],
                Block = null,
                LongQuotes = "",
                HasBareFunctions = true,
            },
            [".pl .pm"] = new("perl") { Declares = Kinds("sub=function package=module"), Imports = Words("use require"), LineComments = ["#"], Block = null },
            [".zig"] = new("zig") { Declares = Kinds("fn=function"), Quotes = "\"" },
            [".ps1 .psm1"] = new("powershell") { Declares = Kinds("function=function class=class"), LineComments = ["#"], Block = ("<#", "#>") },
            [".css .scss .less"] = new("style") { LineComments = [] },
            [".sql .hs .elm .ada"] = new("dashes") { LineComments = ["--"] },
            [".yml .yaml .toml .r .cmake .mk .cfg .ini .conf makefile dockerfile cmakelists.txt .editorconfig .gitignore"] = hash with { Name = "settings" },
            [".html .htm .xml .csproj .props .targets .xaml .svg .plist .storyboard"] = markup,
            [".md .txt .rst .adoc .mdx license readme changelog authors"] = new("text") { IsProse = true },
        };
        return languages.SelectMany(pair => pair.Key.Split(' ').Select(extension => (extension, pair.Value))).ToFrozenDictionary(pair => pair.extension, pair => pair.Value, StringComparer.Ordinal);
    }

    static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    static FrozenDictionary<string, string> Kinds(string pairs) =>
        pairs.Split(' ').Select(pair => pair.Split('=')).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
