using TaskBot.Models.Capabilities;
using TaskBot.Models.Pricing;

namespace TaskBot.Models.Profiles;

/// <summary>One model of a profile's chain, and whether it can be asked. It holds no key.</summary>
/// <param name="Model">As the provider calls it.</param>
/// <param name="Provider">The provider's name in the configuration.</param>
/// <param name="Endpoint">The endpoint's base address; null for scripted replies and where the provider is unknown.</param>
/// <param name="Price">What its tokens cost; null when not known.</param>
/// <param name="Problem">Why it cannot be asked and what to do about it; null when it can.</param>
public sealed record ModelRoute(string Model, string Provider, Uri? Endpoint, ModelPrice? Price, string? Problem)
{
    /// <summary>The environment variable that holds the key; null where none is wanted.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>What the model can take.</summary>
    public ModelCapabilities Capabilities { get; init; } = new();

    public bool IsUsable => Problem is null;

    /// <summary>Host and port, or the provider's name where there is no address.</summary>
    public string Host => Endpoint?.Authority ?? Provider;
}
