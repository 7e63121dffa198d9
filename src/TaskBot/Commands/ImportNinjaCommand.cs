using System.CommandLine;
using TaskBot.Ninja;

namespace TaskBot.Commands;

/// <summary><c>taskbot graph import-ninja</c>: a ninja file as a task layer whose nodes do nothing, to compare the engines.</summary>
static class ImportNinjaCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "A ninja file, such as build.ninja." };
        var output = new Option<FileInfo?>("--out") { Description = "Where the task file is written. Default: standard output." };
        var command = new Command(
            "import-ninja",
            "Writes the graph of a ninja file as a task whose nodes do nothing: each edge that the defaults need becomes one. Exit 2: the file has mistakes, all of them "
            + "listed with file and line.")
        { file, output };
        command.SetAction(parsed => Import(parsed.GetValue(file)!, parsed.GetValue(output)));
        return command;
    }

    static int Import(FileInfo file, FileInfo? output)
    {
        if (!file.Exists) throw new UsageException($"There is no file '{file}'.");
        var ninja = NinjaFile.Read(file.ToString());
        foreach (var problem in ninja.Problems) Console.Error.WriteLine(problem);
        if (ninja.Problems.Count > 0) return ExitCode.WrongInput;
        if (output is null)
        {
            NinjaLayer.Write(ninja, Console.Out);
            return ExitCode.Success;
        }

        using var writer = output.CreateText();
        writer.NewLine = "\n";
        NinjaLayer.Write(ninja, writer);
        return ExitCode.Success;
    }
}
