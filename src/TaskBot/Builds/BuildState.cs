using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace TaskBot.Builds;

/// <summary>What is known of a task that was compiled.</summary>
/// <param name="Program">The versions of the code that composed it and runs it.</param>
/// <param name="Root">The folder that its layers were read from.</param>
/// <param name="Files">Every file that went in, the task file first.</param>
/// <param name="IsFlat">True where its layers are nothing but layers above each other, so that a value in the strongest one reaches one node alone.</param>
/// <param name="HasTaskFile">True where the text of the task file was kept beside, as edits of its lines can be understood by themselves.</param>
/// <param name="Graph">Id of the compiled graph.</param>
/// <param name="Leaves">How many leaves it has.</param>
/// <param name="LogLength">How many bytes of the log's file count; 0 where there is none.</param>
/// <param name="Stamp">The state of the database that the log holds for.</param>
/// <param name="IsUpToDate">True where every leaf had its result then.</param>
sealed record BuildState(
    string Program, string Root, ImmutableArray<ComposedFile> Files, bool IsFlat, bool HasTaskFile, string Graph, int Leaves, int LogLength = 0, string Stamp = "", bool IsUpToDate = false)
{
    /// <summary>Fields in their order, then the SHA-256 of them. Not JSON: setting up a serializer takes longer than a small build.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Program);
        writer.Write(Root);
        writer.Write(Files.Length);
        foreach (var file in Files)
        {
            writer.Write(file.Path);
            writer.Write(file.Digest);
        }

        writer.Write(IsFlat);
        writer.Write(HasTaskFile);
        writer.Write(Graph);
        writer.Write(Leaves);
        writer.Write(LogLength);
        writer.Write(Stamp);
        writer.Write(IsUpToDate);
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">These are no such bytes.</exception>
    public static BuildState Read(byte[] bytes)
    {
        var length = bytes.Length - SHA256.HashSizeInBytes;
        if (length < 0 || !SHA256.HashData(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length))) throw new InvalidDataException("The state is damaged.");
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        var (program, root, files) = (reader.ReadString(), reader.ReadString(), new ComposedFile[reader.ReadInt32()]);
        for (var i = 0; i < files.Length; i++) files[i] = new(reader.ReadString(), reader.ReadString());
        return new(
            program, root, [.. files], reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadString(), reader.ReadBoolean());
    }
}
