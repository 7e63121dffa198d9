using FsCheck;
using FsCheck.Fluent;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.GitHub.Tests.Webhooks;

public class WebhookSignatureTests
{
    // The example of GitHub's documentation, "Validating webhook deliveries".
    const string DocumentedSecret = "It's a Secret to Everybody";
    const string DocumentedSignature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    [Fact]
    public void GitHubs_documented_example_is_valid()
    {
        WebhookSignature.Check("Hello, World!"u8, DocumentedSignature, [DocumentedSecret]).ShouldBe(WebhookSignatureResult.Valid);
        WebhookSignature.Check("Hello, World!"u8, DocumentedSignature.Replace("757107EA", "757107ea"), [DocumentedSecret])
            .ShouldBe(WebhookSignatureResult.Valid);
        WebhookSignature.Sign("Hello, World!"u8, DocumentedSecret).ShouldBe(DocumentedSignature);
    }

    [Fact]
    public void Either_of_two_live_secrets_makes_it_valid()
    {
        WebhookSignature.Check("Hello, World!"u8, DocumentedSignature, ["new", DocumentedSecret]).ShouldBe(WebhookSignatureResult.Valid);
        WebhookSignature.Check("Hello, World!"u8, DocumentedSignature, [DocumentedSecret, "old"]).ShouldBe(WebhookSignatureResult.Valid);
        WebhookSignature.Check("Hello, World!"u8, DocumentedSignature, ["new", "old"]).ShouldBe(WebhookSignatureResult.Wrong);
    }

    [Theory]
    [InlineData(null, WebhookSignatureResult.Missing)]
    [InlineData("", WebhookSignatureResult.Missing)]
    [InlineData("sha256=", WebhookSignatureResult.Malformed)]
    [InlineData("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", WebhookSignatureResult.Malformed)]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", WebhookSignatureResult.Malformed)]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e", WebhookSignatureResult.Malformed)]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1700", WebhookSignatureResult.Malformed)]
    [InlineData("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", WebhookSignatureResult.Malformed)]
    [InlineData("sha256=857107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", WebhookSignatureResult.Wrong)]
    public void A_header_that_is_not_the_signature_is_told_apart(string? header, WebhookSignatureResult expected) =>
        WebhookSignature.Check("Hello, World!"u8, header, [DocumentedSecret]).ShouldBe(expected);

    [Fact]
    public void Without_a_secret_nothing_is_ever_valid()
    {
        Should.Throw<ArgumentException>(() => WebhookSignature.Check("x"u8, DocumentedSignature));
        Should.Throw<ArgumentException>(() => WebhookSignature.Check("x"u8, WebhookSignature.Sign("x"u8, ""), ""));
        Should.Throw<ArgumentException>(() => WebhookSignature.Check("x"u8, header: null));
    }

    [Fact]
    public void Any_changed_byte_makes_it_wrong() => Prop.ForAll<byte[], NonEmptyString, PositiveInt>((body, secret, at) =>
    {
        var header = WebhookSignature.Sign(body, secret.Get);
        var same = WebhookSignature.Check(body, header, secret.Get) == WebhookSignatureResult.Valid;
        byte[] tampered = [.. body, 0];
        tampered[at.Get % tampered.Length] ^= 1;
        return same && WebhookSignature.Check(tampered, header, secret.Get) == WebhookSignatureResult.Wrong;
    }).QuickCheckThrowOnFailure();
}
