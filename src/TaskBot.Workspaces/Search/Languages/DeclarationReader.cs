using System.Runtime.InteropServices;

namespace TaskBot.Workspaces.Search.Languages;

/// <summary>
/// Recognises declarations and imports in a file's tokens, for every language that <see cref="Language"/> describes. It is no parser: it
/// knows the words that begin a declaration, the shapes of functions without such a word, and where braces or indentation end a body.
/// </summary>
sealed class DeclarationReader
{
    /// <summary>How many tokens the parameters of a function may have.</summary>
    const int LongestParameters = 300;

    /// <summary>How many tokens may stand between a function's parameters and its body.</summary>
    const int LongestTail = 40;

    const int LongestImport = 120;

    static readonly HashSet<string> BeforeNoFunction = ["new", "return", "await", "throw", "case", "else", "in", "of", "yield", "typeof", "delete", "and", "or", "not", "goto"];
    static readonly HashSet<string> AfterParameters = ["const", "noexcept", "override", "final", "throws", "volatile", "throw", "requires", "async", "mutable", "__attribute__", "sync"];
    static readonly HashSet<string> ContinueHeader =
        ["where", "throws", "extends", "implements", "with", "permits", "const", "noexcept", "override", "requires", "async"];

    readonly string text;
    readonly Language language;
    readonly List<Token> tokens;
    readonly List<SourceSymbol> symbols = [];
    readonly HashSet<string> imports = new(StringComparer.Ordinal);
    readonly Stack<Block> blocks = [];
    int pending = -1;
    int pendingDepth;
    int depth;
    int previousLine;

    public DeclarationReader(string text, Language language, List<Token> tokens)
    {
        this.text = text;
        this.language = language;
        this.tokens = tokens;
        tokens.RemoveAll(token => token.Kind == TokenKind.Comment);
    }

    public Declarations Read()
    {
        for (var at = 0; at < tokens.Count; at++)
        {
            var token = tokens[at];
            if (token.Line != previousLine)
                BeginLine(at);
            previousLine = token.Line;
            if (token.Kind == TokenKind.Symbol)
                ReadSymbol(at, text[token.Start]);
            else if (token.Kind == TokenKind.Word)
                ReadWord(at);
        }
        End(pending, previousLine);
        while (blocks.TryPop(out var block))
            End(block.Symbol, previousLine);
        return new Declarations(symbols, imports);
    }

    void BeginLine(int at)
    {
        if (language.IsIndented)
        {
            if (depth > 0)
                return;
            var column = Column(at);
            while (blocks.TryPeek(out var open) && open.Depth >= column)
            {
                End(open.Symbol, Is(at, "end") && open.Depth == column ? tokens[at].Line : previousLine);
                blocks.Pop();
            }
        }
        else if (pending >= 0 && depth == pendingDepth && !ContinuesHeader(at))
        {
            End(pending, previousLine);
            pending = -1;
        }
    }

    bool ContinuesHeader(int at) => tokens[at].Kind == TokenKind.Symbol
        ? "{:,-=|&<".Contains(text[tokens[at].Start], StringComparison.Ordinal)
        : ContinueHeader.Contains(Text(at)) || (at > 0 && tokens[at - 1].Kind == TokenKind.Symbol && ":,>=|&<".Contains(text[tokens[at - 1].Start], StringComparison.Ordinal));

    void ReadSymbol(int at, char symbol)
    {
        switch (symbol)
        {
            case '(' or '[':
                if (symbol == '(')
                    ReadBareFunction(at);
                depth++;
                break;
            case ')' or ']':
                depth = Math.Max(0, depth - 1);
                break;
            case '{' when !language.IsIndented:
                var isBody = pending >= 0 && depth == pendingDepth;
                blocks.Push(new Block(isBody ? pending : -1, depth));
                if (isBody)
                    pending = -1;
                depth = 0;
                break;
            case '}' when !language.IsIndented:
                if (blocks.TryPop(out var block))
                {
                    End(block.Symbol, tokens[at].Line);
                    depth = block.Depth;
                }
                break;
            case ';' when pending >= 0 && depth == pendingDepth:
                End(pending, tokens[at].Line);
                pending = -1;
                break;
            case '=' or ':' when language.HasAssignedFunctions:
                ReadAssigned(at);
                break;
        }
    }

    void ReadWord(int at)
    {
        var word = Text(at);
        if (language.Imports.Contains(word) && !IsSymbol(at - 1, '.'))
            ReadImport(at);
        if (!language.Declares.TryGetValue(word, out var kind) || IsSymbol(at - 1, '.') || (IsSymbol(at - 1, '<') || IsSymbol(at - 1, ',')) && kind is "class" or "struct")
            return;
        if (Name(at + 1, kind) is not (>= 0 and var name) || (language.NeedsBody && kind is not ("macro" or "namespace") && !HasBody(name + 1)))
            return;
        if (kind == "macro" && language.NeedsBody)
            symbols.Add(new SourceSymbol(Text(name), kind, tokens[at].Line, tokens[at].Line));
        else
            Declare(Text(name), kind, at);
    }

    /// <summary>The place of the name that a declaring word gives; -1 where it gives none.</summary>
    int Name(int at, string kind)
    {
        if (kind == "impl")
            return ImplementedName(at);
        // A Go method has its receiver first, a generic function its parameters, a Rust macro a mark.
        if (IsSymbol(at, '('))
            at = language.Name == "go" && kind == "function" ? Close(at, LongestParameters) + 1 : -1;
        else if (IsSymbol(at, '<'))
            at = CloseAngle(at) + 1;
        while (at > 0 && (IsSymbol(at, '*') || IsSymbol(at, '&') || IsSymbol(at, '!')))
            at++;
        if (at <= 0 || !IsWord(at) || language.Declares.ContainsKey(Text(at)))
            return -1;
        if (language.Name == "javascript" && kind == "type" && !IsSymbol(at + 1, '=') && !IsSymbol(at + 1, '<'))
            return -1;
        // The last of a qualified name is what is declared: self.go, M.f, A::b, String.shout.
        while (true)
        {
            var next = IsSymbol(at + 1, '<') ? CloseAngle(at + 1) + 1 : at + 1;
            while (IsSymbol(next, '?'))
                next++;
            if (next > at && IsSymbol(next, '.') && IsWord(next + 1))
                at = next + 1;
            else if (next > at && IsSymbol(next, ':') && IsWord(next + 1) && language.Name == "lua")
                at = next + 1;
            else if (next > at && IsSymbol(next, ':') && IsSymbol(next + 1, ':') && IsWord(next + 2))
                at = next + 2;
            else
                return at;
        }
    }

    /// <summary>Of <c>impl&lt;T&gt; Trait for Type&lt;T&gt; {</c> the type.</summary>
    int ImplementedName(int at)
    {
        var name = -1;
        var angles = 0;
        for (var end = Math.Min(tokens.Count, at + LongestTail); at < end; at++)
        {
            if (IsSymbol(at, '<'))
                angles++;
            else if (IsSymbol(at, '>') && !IsSymbol(at - 1, '-'))
                angles--;
            else if (IsSymbol(at, '{') || Is(at, "where"))
                break;
            else if (angles == 0 && IsWord(at) && !Is(at, "for") && !Is(at, "dyn"))
                name = at;
        }
        return name;
    }

    /// <summary>True where a body comes before the statement ends.</summary>
    bool HasBody(int at)
    {
        for (var end = Math.Min(tokens.Count, at + LongestTail); at < end; at++)
        {
            if (IsSymbol(at, '{'))
                return true;
            if (tokens[at].Kind == TokenKind.Symbol && ";()=*".Contains(text[tokens[at].Start], StringComparison.Ordinal))
                return false;
        }
        return false;
    }

    /// <summary><c>name(...) {</c>, with what may stand between: a return type, <c>const</c>, <c>throws</c>, initializers.</summary>
    void ReadBareFunction(int open)
    {
        if (!language.HasBareFunctions || !IsWord(open - 1) || pending >= 0 && pendingDepth == depth && symbols[pending].Kind == "function")
            return;
        var name = Text(open - 1);
        var before = open - 2;
        if (Language.IsControl(name) || language.Declares.ContainsKey(name) || char.IsAsciiDigit(name[0])
            || IsSymbol(before, '.') || IsSymbol(before, '?') || IsSymbol(before, '@') || IsSymbol(before, '=') || IsSymbol(before, '(') || IsSymbol(before, '!')
            || (IsWord(before) && (BeforeNoFunction.Contains(Text(before)) || language.Declares.ContainsKey(Text(before)) && language.Name != "cpp" && language.Name != "c")))
            return;
        var close = Close(open, LongestParameters);
        if (close < 0)
            return;
        var next = close + 1;
        if (!IsSymbol(next, '{') && !IsSymbol(next, ':') && !(IsSymbol(next, '-') && IsSymbol(next + 1, '>')) && !(IsWord(next) && AfterParameters.Contains(Text(next))))
            return;
        for (var end = Math.Min(tokens.Count, next + LongestTail); next < end; next++)
        {
            if (IsSymbol(next, '{'))
            {
                Declare(name, "function", open - 1);
                return;
            }
            if (IsSymbol(next, ';') || IsSymbol(next, '}') || (IsSymbol(next, '=') && !IsSymbol(next + 1, '>')) || IsSymbol(next, '?'))
                return;
        }
    }

    /// <summary><c>name = function</c>, <c>name: (...) =></c>, <c>name = x =></c>, <c>name = class</c>.</summary>
    void ReadAssigned(int at)
    {
        if (!IsWord(at - 1) || IsSymbol(at + 1, '=') || IsSymbol(at + 1, '>') || IsSymbol(at + 1, ':'))
            return;
        var next = Is(at + 1, "async") ? at + 2 : at + 1;
        var isFunction = Is(next, "function") && (IsSymbol(next + 1, '(') || IsSymbol(next + 1, '*'))
            || Is(next, "class") && (IsSymbol(next + 1, '{') || Is(next + 1, "extends"))
            || IsWord(next) && IsSymbol(next + 1, '=') && IsSymbol(next + 2, '>')
            || IsSymbol(next, '(') && Close(next, LongestParameters) is > 0 and var close && IsArrow(close + 1);
        if (isFunction)
            Declare(Text(at - 1), Is(next, "class") ? "class" : "function", at - 1);
    }

    bool IsArrow(int at)
    {
        if (IsSymbol(at, ':'))
            for (var end = Math.Min(tokens.Count, at + LongestTail); at < end && !IsSymbol(at, ';') && !IsSymbol(at, '='); at++)
            {
            }
        return IsSymbol(at, '=') && IsSymbol(at + 1, '>');
    }

    /// <summary>Up to the end of the statement: the texts in quotes, or the last parts of dotted names.</summary>
    void ReadImport(int at)
    {
        var line = tokens[at].Line;
        var open = 0;
        for (var end = Math.Min(tokens.Count, at + LongestImport); ++at < end;)
        {
            if (open <= 0 && tokens[at].Line != line || IsSymbol(at, ';'))
                return;
            if (IsSymbol(at, '(') || IsSymbol(at, '{'))
                open++;
            else if (IsSymbol(at, ')') || IsSymbol(at, '}'))
                open--;
            else if (tokens[at].Kind == TokenKind.String)
                AddImport(Text(at).Trim('"', '\'', '`'));
            else if (IsWord(at) && !IsSymbol(at + 1, '.') && !IsSymbol(at + 1, '\\') && !(IsSymbol(at + 1, ':') && IsSymbol(at + 2, ':')) && !Is(at, "import") && !Is(at, "as"))
                AddImport(Text(at));
            else if (IsWord(at) && IsSymbol(at + 1, '.') && Is(at + 2, "h"))
                AddImport(Text(at++));
        }
    }

    void AddImport(string name)
    {
        name = name[(name.LastIndexOfAny(['/', '.', '\\'], Math.Max(0, name.TrimEnd('/').Length - 1)) is >= 0 and var cut && !IsExtension(name[(cut + 1)..]) ? cut + 1 : 0)..];
        var stem = PathNames.Stem(name).ToLowerInvariant();
        if (stem.Length > 1)
            imports.Add(stem);
    }

    static bool IsExtension(string ending) => ending is "js" or "ts" or "mjs" or "cjs" or "jsx" or "tsx" or "h" or "hpp" or "hh" or "rb" or "php" or "lua" or "dart" or "json" or "sh" or "py" or "vue";

    void Declare(string name, string kind, int at)
    {
        End(pending, previousLine);
        var line = tokens[at].Line;
        symbols.Add(new SourceSymbol(name, kind, line, line));
        if (language.IsIndented)
            blocks.Push(new Block(symbols.Count - 1, Column(FirstOfLine(at))));
        else
            (pending, pendingDepth) = (symbols.Count - 1, depth);
    }

    void End(int symbol, int line)
    {
        if (symbol >= 0 && line > symbols[symbol].EndLine)
            symbols[symbol] = symbols[symbol] with { EndLine = line };
    }

    int FirstOfLine(int at)
    {
        while (at > 0 && tokens[at - 1].Line == tokens[at].Line)
            at--;
        return at;
    }

    int Column(int at) => tokens[at].Start - (text.LastIndexOf('\n', Math.Max(0, tokens[at].Start - 1)) + 1);

    /// <summary>The place of the parenthesis that closes one; -1 where it is too far.</summary>
    int Close(int open, int longest)
    {
        var nested = 0;
        for (var at = open; at < Math.Min(tokens.Count, open + longest); at++)
        {
            if (IsSymbol(at, '('))
                nested++;
            else if (IsSymbol(at, ')') && --nested == 0)
                return at;
        }
        return -1;
    }

    int CloseAngle(int open)
    {
        var nested = 0;
        for (var at = open; at < Math.Min(tokens.Count, open + LongestTail); at++)
        {
            if (IsSymbol(at, '<'))
                nested++;
            else if (IsSymbol(at, '>') && --nested == 0)
                return at;
        }
        return -2;
    }

    string Text(int at) => tokens[at].Of(text).ToString();

    bool Is(int at, string word) => at >= 0 && at < tokens.Count && tokens[at].Kind == TokenKind.Word && tokens[at].Of(text).SequenceEqual(word);

    bool IsWord(int at) => at >= 0 && at < tokens.Count && tokens[at].Kind == TokenKind.Word;

    bool IsSymbol(int at, char symbol) => at >= 0 && at < tokens.Count && tokens[at].Kind == TokenKind.Symbol && text[tokens[at].Start] == symbol;

    /// <summary>An open body: whose it is (-1: nobody's), and the depth of parentheses around it, or the column of its declaration.</summary>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Block(int Symbol, int Depth);
}
