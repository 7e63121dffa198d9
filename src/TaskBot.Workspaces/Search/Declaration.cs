using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Search;

/// <summary>A name that a file defines.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Text">The line as written, without the white space around it.</param>
public sealed record Declaration(string Name, int Line, string Text);

/// <summary>
/// Finds what a file defines by the look of its lines, without parsing: types and functions of C#, Java, Kotlin, Swift, JavaScript,
/// TypeScript, Python, Go, Rust, C, C++, Ruby, PHP and shell.
/// </summary>
static partial class Declarations
{
    const int LongestText = 160;

    public static IReadOnlyList<Declaration> Read(string path, IEnumerable<string> lines)
    {
        if (Pattern(Path.GetExtension(path).ToLowerInvariant()) is not { } pattern)
            return [];
        var found = new List<Declaration>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.Length == 0 || pattern.Match(line) is not { Success: true } match || match.Groups["name"] is not { Success: true } name || IsKeyword(name.Value))
                continue;
            var text = line.Trim();
            found.Add(new Declaration(name.Value, number, text.Length > LongestText ? text[..LongestText] : text));
        }
        return found;
    }

    static Regex? Pattern(string extension) => extension switch
    {
        ".cs" => CSharp(),
        ".java" => Java(),
        ".kt" or ".kts" => Kotlin(),
        ".swift" => Swift(),
        ".js" or ".mjs" or ".cjs" or ".jsx" or ".ts" or ".mts" or ".tsx" or ".vue" or ".svelte" => JavaScript(),
        ".py" or ".pyi" => Python(),
        ".go" => Go(),
        ".rs" => Rust(),
        ".c" or ".h" or ".cc" or ".cpp" or ".cxx" or ".hpp" or ".hh" or ".m" or ".mm" => C(),
        ".rb" or ".rake" => Ruby(),
        ".php" => Php(),
        ".sh" or ".bash" or ".zsh" => Shell(),
        _ => null,
    };

    static bool IsKeyword(string name) => name is "if" or "for" or "while" or "switch" or "return" or "catch" or "else" or "using" or "lock" or "foreach"
        or "function" or "new" or "await" or "throw" or "sizeof" or "defined" or "do" or "case" or "typeof" or "super" or "constructor";

    [GeneratedRegex(@"^\s*(?:\[[^\]]*\]\s*)*(?:(?:public|private|protected|internal|static|async|override|virtual|sealed|abstract|partial|readonly|extern|unsafe|new|required|file|ref)\s+)*(?:(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?|delegate\s+\S+)\s+(?<name>\w+)|namespace\s+(?<name>[\w.]+)|(?:[\w.]+(?:<[^()]*>)?|\([^()]*\))[\[\]?]*\s+(?<name>\w+)(?:<[\w, ]+>)?\s*\((?=.*(?:\)|,)\s*(?:=>|\{|where\b|$)))", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"^\s*(?:@\w+\s+)*(?:(?:public|private|protected|static|final|abstract|synchronized|native|default|sealed|strictfp)\s+)*(?:(?:class|interface|enum|record|@interface)\s+(?<name>\w+)|(?:<[^()]*>\s*)?[\w.]+(?:<[^()]*>)?[\[\]]*\s+(?<name>\w+)\s*\([^;]*(?:\{|,)\s*$)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Java();

    [GeneratedRegex(@"^\s*(?:(?:public|private|protected|internal|open|abstract|final|data|sealed|inline|suspend|override|operator|infix|companion|enum|annotation|value|tailrec|const|lateinit)\s+)*(?:(?:class|interface|object|typealias)\s+(?<name>\w+)|fun\s+(?:<[^>]*>\s*)?(?:[\w<>?]+\.)?(?<name>\w+)\s*\()", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Kotlin();

    [GeneratedRegex(@"^\s*(?:@\w+\s+)*(?:(?:public|private|fileprivate|internal|open|final|static|class|override|mutating|indirect|required|convenience)\s+)*(?:(?:class|struct|enum|protocol|extension|actor|typealias)\s+(?<name>\w+)|func\s+(?<name>\w+))", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Swift();

    [GeneratedRegex(@"^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:(?:abstract\s+)?(?:class|interface|enum|namespace)\s+(?<name>[\w$]+)|type\s+(?<name>[\w$]+)\b[^=]*=|(?:async\s+)?function\s*\*?\s*(?<name>[\w$]+)|(?:const|let|var)\s+(?<name>[\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::\s*[^=]+)?=>|[\w$]+\s*=>|class\b)|(?:(?:public|private|protected|static|async|get|set|readonly|override)\s+)*\*?(?<name>[\w$]+)\s*\([^)]*\)\s*(?::\s*[^{]+)?\{\s*$|(?:module\.)?exports\.(?<name>[\w$]+)\s*=)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex JavaScript();

    [GeneratedRegex(@"^\s*(?:(?:async\s+)?def|class)\s+(?<name>\w+)|^(?<name>[A-Z][A-Z0-9_]+)\s*(?::[^=]+)?=", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Python();

    [GeneratedRegex(@"^(?:func\s+(?:\([^)]*\)\s*)?(?<name>\w+)|type\s+(?<name>\w+)|(?:var|const)\s+(?<name>\w+))", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Go();

    [GeneratedRegex(@"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:const|async|unsafe|default|extern(?:\s+""[^""]*"")?)\s+)*(?:fn|struct|enum|trait|union|type|mod|static|macro_rules!)\s+(?<name>\w+)|^\s*impl(?:<[^>]*>)?\s+(?:[\w:<>, ]+\s+for\s+)?(?<name>\w+)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Rust();

    [GeneratedRegex(@"^\s*(?:typedef\s+)?(?:template\s*<[^>]*>\s*)?(?:class|struct|union|enum(?:\s+class)?|namespace)\s+(?<name>\w+)[^;]*$|^#\s*define\s+(?<name>\w+)|^(?:[\w:*&<>,]+\s+)+[*&]*(?:\w+::)*~?(?<name>\w+)\s*\([^;]*$", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex C();

    [GeneratedRegex(@"^\s*(?:(?:private|protected|public)\s+)?(?:def\s+(?:self\.)?(?<name>\w+[?!=]?)|(?:class|module)\s+(?:\w+::)*(?<name>\w+))", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Ruby();

    [GeneratedRegex(@"^\s*(?:(?:public|private|protected|static|final|abstract|readonly)\s+)*(?:(?:class|interface|trait|enum)\s+(?<name>\w+)|function\s+&?(?<name>\w+))", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Php();

    [GeneratedRegex(@"^\s*(?:function\s+(?<name>[\w:-]+)|(?<name>[\w:-]+)\s*\(\)\s*\{?)", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Shell();
}
