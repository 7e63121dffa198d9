using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Layers.Yaml;

/// <summary>Values by YAML 1.2's core schema (§10.3): <c>yes</c>, <c>no</c> and <c>on</c> are text.</summary>
static class YamlScalars
{
    /// <summary>The value of a node; null where a number is not finite.</summary>
    public static TaskValue? Read(YamlNode node)
    {
        switch (node)
        {
            case YamlScalar scalar: return scalar.IsPlain ? Plain(scalar.Text) : new TaskValue.Text(scalar.Text);
            case YamlSequence sequence:
                var items = ImmutableArray.CreateBuilder<TaskValue>(sequence.Items.Count);
                foreach (var item in sequence.Items)
                {
                    if (Read(item) is not { } value) return null;
                    items.Add(value);
                }

                return new TaskValue.List(items.ToImmutable());
            default:
                var entries = ImmutableSortedDictionary.CreateBuilder<string, TaskValue>(StringComparer.Ordinal);
                foreach (var (key, child) in ((YamlMapping)node).Entries)
                {
                    if (Read(child) is not { } value) return null;
                    entries[key.Text] = value;
                }

                return new TaskValue.Map(entries.ToImmutable());
        }
    }

    /// <summary>The value of a plain scalar; null where it is a number that is not finite.</summary>
    public static TaskValue? Plain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return TaskValue.Null.Value;
            case "true" or "True" or "TRUE": return true;
            case "false" or "False" or "FALSE": return false;
        }

        var first = text[0];
        if (!char.IsAsciiDigit(first) && first is not '-' and not '+' and not '.') return new TaskValue.Text(text);
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : new TaskValue.Text(text);
        if (text.StartsWith("0o", StringComparison.Ordinal)) return Octal(text);
        if (IsInteger(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        if (text.TrimStart('+', '-') is ".inf" or ".Inf" or ".INF" || text is ".nan" or ".NaN" or ".NAN") return null;
        if (!IsReal(text) || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)) return new TaskValue.Text(text);
        return double.IsFinite(real) ? new TaskValue.Real(real) : null;
    }

    static TaskValue Octal(string text)
    {
        var value = 0L;
        foreach (var digit in text.AsSpan(2))
        {
            if (digit is < '0' or > '7' || value > long.MaxValue >> 3) return new TaskValue.Text(text);
            value = (value << 3) | (long)(digit - '0');
        }

        return text.Length == 2 ? new TaskValue.Text(text) : value;
    }

    static bool IsInteger(string text)
    {
        var digits = text.AsSpan(text[0] is '-' or '+' ? 1 : 0);
        return !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9');
    }

    // [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
    static bool IsReal(string text)
    {
        var at = text[0] is '-' or '+' ? 1 : 0;
        var whole = Digits(text, ref at);
        var fraction = 0;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            fraction = Digits(text, ref at);
        }

        if (whole + fraction == 0) return false;
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            at++;
            if (at < text.Length && text[at] is '-' or '+') at++;
            if (Digits(text, ref at) == 0) return false;
        }

        return at == text.Length;
    }

    static int Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return at - start;
    }
}
