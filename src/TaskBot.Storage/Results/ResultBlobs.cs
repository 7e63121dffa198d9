using System.Security.Cryptography;
using System.Text;

namespace TaskBot.Storage.Results;

/// <summary>Large payloads as files in one folder, each named by the SHA-256 of what it holds. Equal payloads are one file.</summary>
/// <param name="folder">Made when the first file is.</param>
sealed class ResultBlobs(string folder)
{
    /// <summary>The folder beside a database.</summary>
    public static string FolderOf(string database) => $"{database}-blobs";

    /// <summary>Durable when it returns; gives the name.</summary>
    public string Write(byte[] content)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(content));
        var path = Path.Combine(folder, name);
        if (Read(name) is not null) return name;
        Directory.CreateDirectory(folder);
        var half = $"{path}.{Guid.NewGuid():n}";
        using (var file = new FileStream(half, FileMode.CreateNew))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(half, path, overwrite: true);
        return name;
    }

    /// <summary>Null where it is not there or not what its name says.</summary>
    public byte[]? Read(string name)
    {
        try
        {
            var content = File.ReadAllBytes(Path.Combine(folder, name));
            return Convert.ToHexStringLower(SHA256.HashData(content)) == name ? content : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Remove(string name) => File.Delete(Path.Combine(folder, name));

    /// <summary>A text that is another one once a file was added, removed or written to.</summary>
    public static string StampOf(string database)
    {
        var folder = new DirectoryInfo(FolderOf(database));
        if (!folder.Exists) return "";
        var text = new StringBuilder();
        foreach (var file in folder.EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
            text.Append($"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
