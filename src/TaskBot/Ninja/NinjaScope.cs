using System.Text;

namespace TaskBot.Ninja;

/// <summary>Variables by name, with those of the file around behind them.</summary>
sealed class NinjaScope(NinjaScope? around)
{
    readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);
    readonly Dictionary<string, Dictionary<string, string>> rules = new(StringComparer.Ordinal);

    /// <summary>The value; empty where nobody gave one, as ninja has it.</summary>
    public string this[string name]
    {
        get => variables.TryGetValue(name, out var value) ? value : around?[name] ?? "";
        set => variables[name] = value;
    }

    /// <summary>Adds a rule with its variables as they are written; false where this file has one of that name.</summary>
    public bool TryAddRule(string name, Dictionary<string, string> bindings) => rules.TryAdd(name, bindings);

    public Dictionary<string, string>? FindRule(string name) => rules.GetValueOrDefault(name) ?? around?.FindRule(name);

    /// <summary>Writes out <c>$name</c>, <c>${name}</c>, and the escapes <c>$$</c>, <c>$:</c>, <c>$ </c>.</summary>
    /// <param name="find">The value of a name.</param>
    /// <exception cref="FormatException">A dollar sign stands before something else.</exception>
    public static string Expand(ReadOnlySpan<char> text, Func<string, string> find)
    {
        if (!text.Contains('$')) return text.ToString();
        var expanded = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$')
            {
                expanded.Append(text[i]);
                continue;
            }

            if (++i == text.Length) throw new FormatException("a '$' stands at the end; write '$$' for the sign itself");
            if (text[i] is '$' or ' ' or ':')
            {
                expanded.Append(text[i]);
            }
            else if (text[i] == '{')
            {
                var end = text[i..].IndexOf('}');
                if (end < 2) throw new FormatException("'${' has no name and '}' after it");
                expanded.Append(find(text[(i + 1)..(i + end)].ToString()));
                i += end;
            }
            else
            {
                var length = 0;
                while (i + length < text.Length && (char.IsAsciiLetterOrDigit(text[i + length]) || text[i + length] is '_' or '-')) length++;
                if (length == 0) throw new FormatException($"'${text[i]}' means nothing; write '$$' for the sign itself");
                expanded.Append(find(text.Slice(i, length).ToString()));
                i += length - 1;
            }
        }

        return expanded.ToString();
    }
}
