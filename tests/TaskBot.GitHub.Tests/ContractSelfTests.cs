using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests;

/// <summary>The judge is judged: the kit's own good and bad requests.</summary>
public class ContractSelfTests
{
    [Fact]
    public async Task The_validator_takes_good_requests_and_rejects_bad_ones() =>
        (await NodeKit.RunScriptAsync(["contract-selftest.mjs"], CancellationToken.None)).ShouldContain("ALL PASS");
}
