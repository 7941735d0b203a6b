// One reference over the documents of all services. Nothing is fetched from anywhere else.
const services = ['auth', 'content', 'course', 'webinar', 'payment', 'notification'];

Scalar.createApiReference('#reference', {
  sources: services.map((service) => ({
    title: service,
    slug: service,
    url: `/openapi/${service}.json`,
  })),
  servers: [{ url: window.location.origin }],
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
});
