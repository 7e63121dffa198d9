using System.Collections.Immutable;

namespace TaskBot.Ninja;

/// <summary>
/// Reads what a ninja file says of its graph: variables, rules, <c>build</c> statements, <c>include</c> and <c>subninja</c>, <c>default</c>. Pools are read over.
/// Every mistake is collected, with its file and line.
/// </summary>
sealed class NinjaFile
{
    const int DeepestInclude = 100;

    readonly List<NinjaEdge> edges = [];
    readonly List<string> defaults = [];
    readonly List<NinjaProblem> problems = [];
    readonly Dictionary<string, NinjaEdge> producers = new(StringComparer.Ordinal);

    NinjaFile() { }

    public IReadOnlyList<NinjaEdge> Edges => edges;

    /// <summary>What is built where nothing is named; empty for everything.</summary>
    public IReadOnlyList<string> Defaults => defaults;

    public IReadOnlyList<NinjaProblem> Problems => problems;

    /// <summary>The edge that makes a file; null where none does.</summary>
    public NinjaEdge? Producer(string file) => producers.GetValueOrDefault(file);

    /// <param name="path">The file; what it includes is looked for from the folder that it stands in, which ninja would run in.</param>
    public static NinjaFile Read(string path)
    {
        var file = new NinjaFile();
        file.Read(Path.GetFullPath(path), Path.GetDirectoryName(Path.GetFullPath(path))!, new NinjaScope(around: null), depth: 0);
        foreach (var name in file.defaults.Where(name => file.Producer(name) is null && file.edges.All(edge => !edge.Inputs.Contains(name))))
            file.problems.Add(new(path, 0, $"'default' names '{name}', which nothing builds."));
        return file;
    }

    void Read(string path, string folder, NinjaScope scope, int depth)
    {
        if (depth > DeepestInclude)
        {
            problems.Add(new(path, 0, $"Files are included more than {DeepestInclude} deep; is it included by itself?"));
            return;
        }

        string[] text;
        try
        {
            text = File.ReadAllLines(Path.Combine(folder, path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(path, 0, $"It cannot be read: {exception.Message}"));
            return;
        }

        var lines = new NinjaLines(text);
        while (lines.Next() is { } statement)
        {
            try
            {
                Read(statement, lines, path, folder, scope, depth);
            }
            catch (FormatException exception)
            {
                problems.Add(new(path, statement.Number, $"{exception.Message}."));
            }
        }
    }

    void Read(NinjaLine statement, NinjaLines lines, string path, string folder, NinjaScope scope, int depth)
    {
        if (statement.IsIndented) throw new FormatException("an indented line belongs to a rule, build or pool, and none stands before it");
        var end = statement.Text.IndexOf(' ', StringComparison.Ordinal);
        var (word, rest) = end < 0 ? (statement.Text, "") : (statement.Text[..end], statement.Text[(end + 1)..].Trim());
        switch (word)
        {
            case "rule":
                if (rest.Length == 0) throw new FormatException("a rule needs a name");
                if (!scope.TryAddRule(rest, Bindings(lines).ToDictionary(binding => binding.Name, binding => binding.Value, StringComparer.Ordinal)))
                    problems.Add(new(path, statement.Number, $"There are two rules '{rest}'."));
                break;
            case "build": AddEdge(rest, statement.Number, lines, path, scope); break;
            case "default": defaults.AddRange(Words(rest, name => scope[name]).Select(item => item.Text)); break;
            case "pool": Bindings(lines); break;
            case "include": Read(NinjaScope.Expand(rest, name => scope[name]), folder, scope, depth + 1); break;
            case "subninja": Read(NinjaScope.Expand(rest, name => scope[name]), folder, new(scope), depth + 1); break;
            default:
                var (variable, value) = Binding(statement.Text);
                scope[variable] = NinjaScope.Expand(value, name => scope[name]);
                break;
        }
    }

    void AddEdge(string text, int line, NinjaLines lines, string path, NinjaScope scope)
    {
        var own = new NinjaScope(scope);
        foreach (var (variable, value) in Bindings(lines)) own[variable] = NinjaScope.Expand(value, name => scope[name]);
        var words = Words(text, name => own[name]);
        var colon = words.FindIndex(word => word.IsColon);
        if (colon < 1) throw new FormatException("a build needs outputs, a ':' and a rule");
        if (colon + 1 == words.Count || words[colon + 1].IsSign) throw new FormatException("a build needs a rule after its ':'");
        var rule = words[colon + 1].Text;
        ImmutableArray<string> outputs = [.. words[..colon].Where(word => !word.IsSign).Select(word => word.Text)];
        var given = words[(colon + 2)..];
        var validations = given.FindIndex(word => word is { IsSign: true, Text: "|@" });
        if (validations >= 0) given = given[..validations];
        var order = given.FindIndex(word => word is { IsSign: true, Text: "||" });
        ImmutableArray<string> orderOnly = order < 0 ? [] : [.. given[(order + 1)..].Select(word => word.Text)];
        if (order >= 0) given = given[..order];
        ImmutableArray<string> inputs = [.. given.Where(word => !word.IsSign).Select(word => word.Text)];
        var edge = new NinjaEdge(rule, outputs, inputs, orderOnly, CommandOf(rule, own, outputs, given, path, line), path, line);
        edges.Add(edge);
        foreach (var output in outputs)
        {
            if (!producers.TryAdd(output, edge))
                problems.Add(new(path, line, $"'{output}' is built twice; the first is at {producers[output].File}:{producers[output].Line}."));
        }
    }

    string? CommandOf(string rule, NinjaScope own, ImmutableArray<string> outputs, List<NinjaWord> given, string path, int line)
    {
        if (rule == "phony") return null;
        if (own.FindRule(rule) is not { } bindings)
        {
            problems.Add(new(path, line, $"There is no rule '{rule}'."));
            return null;
        }

        var open = new HashSet<string>(StringComparer.Ordinal);
        return Value("command");

        string Value(string name)
        {
            if (name == "in") return string.Join(' ', given.TakeWhile(word => !word.IsSign).Select(word => word.Text));
            if (name == "out") return string.Join(' ', outputs);
            if (own[name] is { Length: > 0 } value) return value;
            if (!bindings.TryGetValue(name, out var text)) return "";
            if (!open.Add(name)) throw new FormatException($"'{name}' of rule '{rule}' is made from itself");
            var expanded = NinjaScope.Expand(text, Value);
            open.Remove(name);
            return expanded;
        }
    }

    static List<(string Name, string Value)> Bindings(NinjaLines lines)
    {
        var bindings = new List<(string, string)>();
        while (lines.NextIndented() is { } line) bindings.Add(Binding(line.Text));
        return bindings;
    }

    static (string Name, string Value) Binding(string text)
    {
        var sign = text.IndexOf('=', StringComparison.Ordinal);
        var name = sign < 0 ? "" : text[..sign].Trim();
        if (name.Length == 0 || name.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not '_' and not '-' and not '.'))
            throw new FormatException($"'{text.Trim()}' is no statement; ninja knows build, rule, default, include, subninja, pool, and NAME = VALUE");
        return (name, text[(sign + 1)..].Trim());
    }

    /// <summary>Paths, written out, and the signs between them.</summary>
    static List<NinjaWord> Words(string text, Func<string, string> find)
    {
        var words = new List<NinjaWord>();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == ' ')
            {
                i++;
                continue;
            }

            if (text[i] is ':' or '|')
            {
                var sign = text[i] == '|' && i + 1 < text.Length && text[i + 1] is '|' or '@' ? text.Substring(i, 2) : text[i..(i + 1)];
                words.Add(new(sign, IsSign: true));
                i += sign.Length;
                continue;
            }

            var start = i;
            while (i < text.Length && text[i] is not ' ' and not ':' and not '|') i += text[i] == '$' ? 2 : 1;
            words.Add(new(NinjaScope.Expand(text.AsSpan(start, Math.Min(i, text.Length) - start), find), IsSign: false));
        }

        return words;
    }

    /// <summary>A path, or one of <c>:</c>, <c>|</c>, <c>||</c>, <c>|@</c>.</summary>
    readonly record struct NinjaWord(string Text, bool IsSign)
    {
        public bool IsColon => IsSign && Text == ":";
    }
}
