namespace TaskBot.GitHub.Issues;

/// <summary>A label.</summary>
/// <param name="Color">Six hexadecimal digits without <c>#</c>.</param>
public sealed record Label(string Name, string? Color = null, string? Description = null, long? Id = null);

/// <summary>A label to make.</summary>
/// <param name="Color">Six hexadecimal digits without <c>#</c>; null lets GitHub choose.</param>
/// <param name="Description">At most 100 characters; longer ones are cut.</param>
public sealed record NewLabel(string Name, string? Color = null, string? Description = null);
