using System.CommandLine;
using System.CommandLine.Parsing;

namespace TaskBot.Commands;

/// <summary>Options that take the address of a server, which the command line has no reader for.</summary>
static class AddressOption
{
    public static Option<Uri> Create(string name, string description) => new(name) { Description = description, CustomParser = Read };

    static Uri? Read(ArgumentResult given)
    {
        var text = given.Tokens[^1].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https" }) return address;
        given.AddError($"'{text}' is not the address of a server; write one such as https://taskbot.example.com.");
        return null;
    }
}
