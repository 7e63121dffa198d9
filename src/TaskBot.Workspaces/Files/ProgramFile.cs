namespace TaskBot.Workspaces.Files;

/// <summary>Finds programs on a search path, and only there.</summary>
/// <remarks>.NET's own lookup tries the current folder before PATH, so that a checkout could bring its own <c>git</c>.</remarks>
internal static class ProgramFile
{
    /// <summary>The absolute file of a program, or null. A name with a slash is relative to <paramref name="folder"/>.</summary>
    public static string? Find(string name, string? searchPath, string folder)
    {
        if (name.Length == 0)
            return null;
        if (name.Contains('/', StringComparison.Ordinal) || Path.IsPathRooted(name))
            return Executable(Path.GetFullPath(name, folder));
        return (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(directory => Executable(Path.Combine(directory, name)))
            .FirstOrDefault(file => file is not null);
    }

    static string? Executable(string file)
    {
        if (OperatingSystem.IsWindows())
            return new[] { file, file + ".exe", file + ".cmd" }.FirstOrDefault(File.Exists);
        const UnixFileMode anyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(file) && (File.GetUnixFileMode(file) & anyExecute) != 0 ? file : null;
    }
}
