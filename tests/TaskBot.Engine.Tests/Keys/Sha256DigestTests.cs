using System.Security.Cryptography;
using System.Text;
using TaskBot.Engine.Keys;

namespace TaskBot.Engine.Tests.Keys;

public sealed class Sha256DigestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("type core.noop 1\n")]
    public void It_is_the_digest_that_others_take(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var digits = new byte[2 * Sha256Digest.Size];

        var digest = Sha256Digest.Of(bytes);
        digest.CopyHexTo(digits);

        digest.ToString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Encoding.UTF8.GetString(digits).ShouldBe(digest.ToString());
        Sha256Digest.Read(SHA256.HashData(bytes)).ShouldBe(digest);
    }

    [Fact]
    public void A_key_that_is_a_digest_comes_back_as_it_was()
    {
        var key = new NodeKey(Convert.ToHexStringLower(SHA256.HashData([1, 2, 3])));

        Sha256Digest.TryParse(key, out var digest).ShouldBeTrue();

        digest.ToKey().ShouldBe(key);
    }

    /// <summary>Two texts must never be the same key.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("039058C6F2C0CB492C533B0A4D14EF77CC0F78ABCCCED5287D84A1A2011CFB81")]
    [InlineData("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb8g")]
    [InlineData("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb810")]
    public void A_key_in_any_other_form_is_no_digest(string key) => Sha256Digest.TryParse(new(key), out _).ShouldBeFalse();
}
