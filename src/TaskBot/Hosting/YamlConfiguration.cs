using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TaskBot.Hosting;

/// <summary>Reads <c>taskbot.yml</c> into the keys that .NET's configuration uses: <c>GitHub:ApiUrl</c>, <c>Models:Profiles:code:0</c>.</summary>
static class YamlConfiguration
{
    /// <exception cref="Commands.UsageException">The file is not YAML; the message says where.</exception>
    public static IEnumerable<KeyValuePair<string, string?>> Read(string path)
    {
        if (!File.Exists(path)) return [];
        var stream = new YamlStream();
        try
        {
            using var reader = File.OpenText(path);
            stream.Load(reader);
        }
        catch (YamlException e)
        {
            throw new Commands.UsageException($"{path}:{e.Start.Line}:{e.Start.Column}: {e.Message}");
        }

        return stream.Documents.Count == 0 ? [] : Flatten("", stream.Documents[0].RootNode);
    }

    static IEnumerable<KeyValuePair<string, string?>> Flatten(string prefix, YamlNode node) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(child => Flatten(Join(prefix, ((YamlScalarNode)child.Key).Value!), child.Value)),
        YamlSequenceNode list => list.Children.SelectMany((child, index) => Flatten(Join(prefix, index.ToString(CultureInfo.InvariantCulture)), child)),
        YamlScalarNode scalar => [KeyValuePair.Create(prefix, scalar.Value)],
        _ => [],
    };

    static string Join(string prefix, string key) => prefix.Length == 0 ? key : $"{prefix}:{key}";
}
