//! Model providers and what belongs to them.

use crate::secrets::rule::rules;

rules! { MODELS:
    "anthropic-key", "Anthropic key", Start, ["sk-ant-"], 100, r"sk-ant-[a-z]{2,8}[0-9]{2}-[A-Za-z0-9_\-]{60,}";
    "openai-key", "OpenAI key", Start, ["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-service-", "sk-None-"], 100, r"sk-(?:proj|svcacct|admin|service|None)-[A-Za-z0-9_\-]{20,200}";
    "openai-key-old", "OpenAI key", Start, ["sk-"], 95, r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|sk-(?:[a-z0-9]+-){0,3}[A-Za-z0-9]{48}";
    "short-sk-key", "model provider key", Start, ["sk-"], 80, r"sk-[a-f0-9]{32}";
    "openrouter-key", "OpenRouter key", Start, ["sk-or-v1-"], 100, r"sk-or-v1-[0-9a-f]{64}";
    "langfuse-key", "Langfuse key", Start, ["sk-lf-"], 95, r"sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    "hugging-face-token", "Hugging Face token", Start, ["hf_", "api_org_"], 95, r"(?:hf|api_org)_[A-Za-z0-9]{34,40}";
    "groq-key", "Groq key", Start, ["gsk_"], 100, r"gsk_[A-Za-z0-9]{52}";
    "xai-key", "xAI key", Start, ["xai-"], 100, r"xai-[A-Za-z0-9]{80}";
    "replicate-token", "Replicate token", Start, ["r8_"], 95, r"r8_[A-Za-z0-9]{37}";
    "perplexity-key", "Perplexity key", Start, ["pplx-"], 100, r"pplx-[A-Za-z0-9]{48}";
    "nvidia-key", "NVIDIA key", Start, ["nvapi-"], 100, r"nvapi-[A-Za-z0-9_\-]{60,70}";
    "fireworks-key", "Fireworks key", Start, ["fw_"], 80, r"fw_[A-Za-z0-9]{22,24}";
    "langsmith-key", "LangSmith key", Start, ["lsv2_pt_", "lsv2_sk_"], 100, r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}";
    "pinecone-key", "Pinecone key", Start, ["pcsk_"], 95, r"pcsk_[A-Za-z0-9_]{40,80}";
    "tavily-key", "Tavily key", Start, ["tvly-"], 95, r"tvly-(?:dev-|prod-)?[A-Za-z0-9_\-]{30,64}";
    "firecrawl-key", "Firecrawl key", Start, ["fc-"], 85, r"fc-[a-f0-9]{32}";
    "jina-key", "Jina key", Start, ["jina_"], 95, r"jina_[A-Za-z0-9_\-]{60}";
    "elevenlabs-key", "ElevenLabs key", Start, ["sk_"], 80, r"sk_[a-f0-9]{48}";
    "cohere-key", "Cohere key", Named, ["cohere", "co_api_key"], 75, r"[A-Za-z0-9]{40}";
    "mistral-key", "Mistral key", Named, ["mistral"], 75, r"[A-Za-z0-9]{32}";
    "together-key", "Together key", Named, ["together"], 70, r"[a-f0-9]{64}";
    "voyage-key", "Voyage key", Named, ["voyage"], 75, r"pa-[A-Za-z0-9_\-]{43}";
    "wandb-key", "Weights & Biases key", Named, ["wandb"], 75, r"[a-f0-9]{40}";
    "kagi-key", "Kagi key", Named, ["kagi", "bot "], 75, r"[A-Za-z0-9]{3,12}[.-][A-Za-z0-9_\-]{40,60}|[A-Za-z0-9_\-]{43}\.[A-Za-z0-9_\-]{43}";
    "privateai-key", "Private AI key", Named, ["privateai", "private_ai", "private-ai"], 70, r"[a-z0-9]{32}";
    "assemblyai-key", "AssemblyAI key", Named, ["assemblyai"], 70, r"[a-f0-9]{32}";
    "deepgram-key", "Deepgram key", Named, ["deepgram"], 70, r"[a-f0-9]{40}";
    "apify-token", "Apify token", Start, ["apify_api_"], 95, r"apify_api_[A-Za-z0-9]{30,42}";
    "e2b-key", "E2B key", Start, ["e2b_"], 90, r"e2b_[a-f0-9]{40}";
    "deepseek-key", "DeepSeek key", Named, ["deepseek"], 80, r"sk-[A-Za-z0-9]{32,48}";
}
