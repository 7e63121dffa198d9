using System.Runtime.InteropServices;
using SQLitePCL;

namespace TaskBot.Storage.Sqlite;

/// <summary>The native SQLite that this process uses, chosen once, before the first connection.</summary>
/// <param name="Source">What was loaded: a file or library name, or <c>bundled</c>.</param>
/// <param name="Version">As SQLite says, such as <c>3.40.1</c>.</param>
public sealed record SqliteLibrary(string Source, string Version)
{
    /// <summary>Names the library to use instead: a path, a library name, or <c>bundled</c>.</summary>
    public const string Variable = "TASKBOT_SQLITE_LIBRARY";

    const string Bundled = "bundled";

    /// <summary>From here on the system's library is preferred to the bundled one: its distribution keeps it patched.</summary>
    const int PreferredVersion = 3_040_000;

    /// <summary>The first version with RETURNING, and that of the bundle: what our SQL is written for.</summary>
    const int OldestVersion = 3_035_000;

    static readonly Lazy<SqliteLibrary> Chosen = new(Choose);

    /// <exception cref="DllNotFoundException">The library that the environment names is not there, or too old.</exception>
    public static SqliteLibrary Current => Chosen.Value;

    public override string ToString() => $"SQLite {Version} ({Source})";

    static SqliteLibrary Choose()
    {
        var (handle, source) = Environment.GetEnvironmentVariable(Variable) switch
        {
            null or "" => FromSystem(),
            Bundled => (0, Bundled),
            var name => (Load(name, OldestVersion) ?? throw new DllNotFoundException(
                $"{Variable} names '{name}', which cannot be loaded or is older than SQLite 3.35. Unset it to use the system's or the bundled library."), name),
        };
        // Zero leaves the search to the runtime, which finds the bundled library beside the program.
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == "e_sqlite3" ? handle : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return new SqliteLibrary(source, raw.sqlite3_libversion().utf8_to_string());
    }

    static (nint Handle, string Source) FromSystem()
    {
        // In 32-bit Windows processes winsqlite3 has another calling convention.
        var name = OperatingSystem.IsMacOS() ? "libsqlite3.dylib"
            : !OperatingSystem.IsWindows() ? "libsqlite3.so.0"
            : Environment.Is64BitProcess ? "winsqlite3.dll"
            : null;
        return name is not null && Load(name, PreferredVersion) is { } handle ? (handle, name) : (0, Bundled);
    }

    static nint? Load(string name, int oldestVersion)
    {
        if (!NativeLibrary.TryLoad(name, out var handle)) return null;
        if (NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out var function)
            && Marshal.GetDelegateForFunctionPointer<VersionNumber>(function)() >= oldestVersion) return handle;
        NativeLibrary.Free(handle);
        return null;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int VersionNumber();
}
