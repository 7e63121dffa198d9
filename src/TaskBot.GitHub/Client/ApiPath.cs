namespace TaskBot.GitHub.Client;

/// <summary>
/// Builds a request path from an interpolated string: every value in braces is percent-encoded as one segment,
/// or as several with the <c>:path</c> format. A value cannot add a query, a host or a step upwards.
/// </summary>
sealed class ApiPath : IFormatProvider, ICustomFormatter
{
    static readonly ApiPath Escaping = new();

    ApiPath()
    {
    }

    /// <exception cref="ArgumentException">A value is empty, or a segment of it is <c>.</c> or <c>..</c>.</exception>
    public static string Of(FormattableString path) => path.ToString(Escaping);

    public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

    public string Format(string? format, object? arg, IFormatProvider? formatProvider)
    {
        var text = arg as string ?? (arg as IFormattable)?.ToString(null, formatProvider: null) ?? "";
        return format == "path" ? string.Join('/', text.Split('/').Select(Segment)) : Segment(text);
    }

    static string Segment(string text) =>
        text is "" or "." or ".."
            ? throw new ArgumentException($"'{text}' cannot be a part of a request path.", nameof(text))
            : Uri.EscapeDataString(text);
}
